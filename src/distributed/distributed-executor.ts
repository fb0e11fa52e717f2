import { BaseExecutor } from "../executors/index.ts";
import { type Operation, until } from "../task/index.ts";
import { Dispatcher } from "./dispatcher.ts";
import { checkOptions, type DistributedOptions } from "./distributed-options.ts";

/**
 * Calls functions of modules in workers on any host, by way of a queue in Redis. The workers are started by `pentio worker`,
 * which is told the modules; they serve all executors, and stay when one is shut down. A call is made at least once, and its
 * result is reported once: when a worker is lost in the middle of a call, another makes it again.
 */
export class DistributedExecutor extends BaseExecutor {
  private readonly dispatcher: Dispatcher;

  /**
   * Connects to Redis. If that fails, so do all calls; {@link ready} tells it at once.
   *
   * @throws ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE for options that are none
   */
  constructor(options: DistributedOptions = {}) {
    const settings = checkOptions(options);
    const dispatcher = new Dispatcher(settings);
    super(dispatcher, settings.queueCapacity);
    this.dispatcher = dispatcher;
  }

  /** Calls of this executor that wait for a worker, as far as was heard. */
  get queueSize(): number {
    return this.dispatcher.waiting;
  }

  /** Waits for Redis. @throws ECONNREFUSED, ENOENT and others, with the remedy, if it cannot be reached */
  ready(): Operation<void> {
    return until(this.dispatcher.exchange.opened);
  }
}
