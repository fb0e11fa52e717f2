import { BaseExecutor } from "./base-executor.ts";
import { Crew } from "./crew.ts";
import { checkOptions, type ExecutorOptions, type ExecutorSettings } from "./executor-options.ts";
import type { Welcome } from "./messages.ts";
import type { LinkMaker } from "./worker-link.ts";

/** What executors on threads and on processes have in common. */
export abstract class WorkerPoolExecutor extends BaseExecutor {
  private readonly settings: ExecutorSettings;
  private readonly crew: Crew;

  /** @internal */
  constructor(
    options: ExecutorOptions,
    linksFor: (settings: ExecutorSettings, welcome: Welcome) => LinkMaker,
  ) {
    const settings = checkOptions(options);
    const { initializer, initializerArgs } = settings;
    const place = initializer?.place;
    const welcome: Welcome = {
      initializer: place ? [place.id, initializerArgs, false, place.module, place.name] : null,
    };
    const crew = new Crew(settings, linksFor(settings, welcome));
    super(crew, settings.queueCapacity);
    this.settings = settings;
    this.crew = crew;
  }

  /** Workers that there are at most. */
  get maxWorkers(): number {
    return this.settings.maxWorkers;
  }

  /** Workers that there are at the moment. */
  get size(): number {
    return this.crew.size;
  }

  /** Calls that wait for a worker. */
  get queueSize(): number {
    return this.crew.waiting;
  }

  /** @internal Cancels what waits and what runs, and ends the workers at once. */
  terminate(): void {
    this.crew.cancelWaiting();
    this.crew.close();
    this.crew.terminate();
  }
}
