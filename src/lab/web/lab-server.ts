import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { addressAt, HOST } from "./address.ts";
import { streamEvents } from "./event-stream.ts";
import { findMachine } from "./machine.ts";
import { type PageFile, readPage } from "./page-files.ts";
import type { Machine, Refusal, RunKind, Started } from "./protocol.ts";
import { RefusedRequest, readBody, requireKnown } from "./requests.ts";
import { Runs } from "./runs.ts";
import { WORKS } from "./works.ts";

const BUILT_PAGE = fileURLToPath(new URL("../../../lab-page/", import.meta.url));

/** For every answer: nothing from elsewhere, nobody may frame it, and what is there now is what is shown. */
const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};

/** The server of the lab's page, on the loopback interface alone; protocol.ts tells what it answers. */
export class LabServer {
  private readonly version: string;
  private readonly page: ReadonlyMap<string, PageFile>;
  private readonly runs = new Runs();
  private readonly server: Server;
  private machine: Promise<Machine> | undefined;

  /**
   * @param version Pentio's
   * @param pageFolder where the built page is
   */
  constructor(version: string, pageFolder = BUILT_PAGE) {
    this.version = version;
    this.page = readPage(pageFolder);
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((error) => refuse(response, error));
    });
  }

  /**
   * Begins to serve.
   *
   * @param port 0: any that is free
   * @returns the page's address
   * @throws EADDRINUSE, EACCES
   */
  async listen(port: number): Promise<string> {
    this.server.listen({ host: HOST, port });
    await once(this.server, "listening");
    return addressAt(this.port);
  }

  /** Ends runs, their children and all connections, and waits until they are gone. */
  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await this.runs.stop();
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    this.requireOwnPage(request);
    const path = request.url!.split("?")[0]!;
    if (!path.startsWith("/api/")) this.answerFile(request, response, path);
    else if (request.method === "GET") await this.answerQuestion(request, response, path);
    else await this.answerOrder(request, response, path);
  }

  /**
   * A page from elsewhere may have its name resolve to our address (DNS rebinding), and then its requests name its own
   * host; or it may send requests across origins, which browsers mark.
   */
  private requireOwnPage({ headers: { host, origin } }: IncomingMessage): void {
    const hosts = [`${HOST}:${this.port}`, `localhost:${this.port}`];
    if (!hosts.includes(host ?? ""))
      throw new RefusedRequest(403, `The host has to be ${hosts.join(" or ")}`);
    if (origin !== undefined && origin !== `http://${host}`)
      throw new RefusedRequest(403, "Only the page of this server may ask");
  }

  private answerFile({ method }: IncomingMessage, response: ServerResponse, path: string): void {
    if (method !== "GET" && method !== "HEAD") throw new RefusedRequest(405, "Files are read by GET");
    const file = this.page.get(path);
    if (file) {
      response.setHeader("Content-Type", file.contentType);
      response.end(file.body);
      return;
    }
    if (this.page.size > 0) throw new RefusedRequest(404, "There is no such file");
    throw new RefusedRequest(404, "The page was not built: npm run build");
  }

  private async answerQuestion(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ): Promise<void> {
    if (path === "/api/events") streamEvents(request, response, this.runs);
    else if (path === "/api/machine") {
      this.machine ??= findMachine(this.version);
      sendJson(response, 200, await this.machine);
    } else throw unknownPath(path);
  }

  private async answerOrder(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method !== "POST") throw new RefusedRequest(405, "Orders are sent by POST");
    const order = path.slice("/api/".length);
    if (order !== "stop" && !isRunKind(order)) throw unknownPath(path);
    const body = await readBody(request);
    if (order === "stop") {
      requireKnown(body, []);
      await this.runs.stop();
      sendJson(response, 200, {});
      return;
    }
    const started: Started = { run: this.runs.start(order, WORKS[order](body)) };
    sendJson(response, 202, started);
  }
}

function isRunKind(name: string): name is RunKind {
  return Object.hasOwn(WORKS, name);
}

function unknownPath(path: string): RefusedRequest {
  return new RefusedRequest(404, `There is no ${path}`);
}

function refuse(response: ServerResponse, error: Error): void {
  const refusal: Refusal = { error: error.message };
  if (!response.headersSent)
    sendJson(response, error instanceof RefusedRequest ? error.status : 500, refusal);
  else response.destroy();
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(value));
}
