// One vendor on two loopback ports, plain and TLS: keys, rules and the journal round the module's own answers.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { sleep } from "./answer.js";
import { garbage } from "./corrupt.js";
import { HttpCall } from "./http_call.js";
import { type Entry, type Journal, shown } from "./journal.js";
import { isErrorFault, type Rules } from "./rules.js";
import type { Certificate } from "./tls.js";
import type { ErrorFault, Part, RefusalContext, RefusalDetail, Rule, Vendor } from "./types.js";
import { WsCall } from "./ws_call.js";

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;

export interface Visit {
  vendor: Vendor;
  rules: Rules;
  journal: Journal;
  entry: Entry;
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  key: string;
  part: Part;
  requestId: string;
  flavour: string;
}

const kLongestBody = 32 << 20;

export function refusalContext(visit: Visit, detail: RefusalDetail = {}): RefusalContext {
  const { requestId, part, path, flavour, key } = visit;
  return { ...detail, requestId, part, path, flavour, key };
}

export class VendorServer {
  private readonly sockets = new Set<Socket>();
  private readonly servers: Server[] = [];
  private readonly upgrades = new WebSocketServer({ noServer: true, maxPayload: kLongestBody });

  constructor(
    readonly vendor: Vendor,
    private readonly rules: Rules,
    private readonly journal: Journal,
    private readonly handshakeMs = 0,
  ) {}

  async listen(certificate: Certificate | undefined): Promise<Record<string, string>> {
    const plain = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 });
    const urls: Record<string, string> = {};
    const port = await this.open(plain);
    urls["http"] = `http://127.0.0.1:${port}`;
    urls["ws"] = `ws://127.0.0.1:${port}`;
    if (certificate) {
      // HTTP/2 for whoever asks for it, as the vendors do.
      const secure = createSecureServer({ allowHTTP1: true, key: certificate.key, cert: certificate.cert });
      const securePort = await this.open(secure as unknown as Server);
      urls["https"] = `https://127.0.0.1:${securePort}`;
      urls["wss"] = `wss://127.0.0.1:${securePort}`;
    }
    return urls;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  private async open(server: Server): Promise<number> {
    this.servers.push(server);
    if (this.handshakeMs > 0) {
      // What the client sends meanwhile waits in the socket, as it would on a long line.
      const serve = server.listeners("connection") as ((socket: Socket) => void)[];
      server.removeAllListeners("connection");
      server.on("connection", (socket: Socket) => setTimeout(() => serve.forEach((one) => one.call(server, socket)), this.handshakeMs));
    }
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      this.journal.connection(this.vendor.name, 1);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.once("close", () => {
        this.sockets.delete(socket);
        this.journal.connection(this.vendor.name, -1);
      });
    });
    server.on("request", (request: Request, response: Response) => void this.request(request, response));
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => void this.upgrade(request, socket, head));
    server.on("tlsClientError", () => undefined);
    server.on("sessionError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }

  private visit(request: Request, method: string): Visit {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const headers = request.headers as IncomingMessage["headers"];
    let path = url.pathname;
    try {
      path = decodeURIComponent(url.pathname);
    } catch {
      // It stays as it was sent.
    }
    const { vendor, rules, journal } = this;
    const key = vendor.keyOf(headers, url.searchParams);
    const part = vendor.partOf(method, path, url.searchParams);
    const requestId = randomUUID();
    const flavour = rules.flavour(vendor.name, key);
    const entry = journal.begin({
      id: requestId, vendor: vendor.name, key, part, method, path, query: url.searchParams, headers, http_version: request.httpVersion,
    });
    return { vendor, rules, journal, entry, method, path, query: url.searchParams, headers, key, part, requestId, flavour };
  }

  /** The error fault with which a visit is refused, and the rule of any other connect fault. */
  private async door(visit: Visit): Promise<{ refused?: ErrorFault; rule?: Rule }> {
    const latency = this.rules.latency(visit.vendor.name, visit.key, visit.part);
    if (latency.connect_ms > 0) await sleep(latency.connect_ms);
    if (/^bad/.test(visit.key)) return { refused: "bad_key" };
    const rule = this.rules.take("connect", visit.vendor.name, visit.key, visit.part);
    if (!rule) return {};
    visit.entry.fault = rule.fault!;
    return isErrorFault(rule.fault!) ? { refused: rule.fault } : { rule };
  }

  private async request(request: Request, response: Response): Promise<void> {
    const visit = this.visit(request, request.method ?? "GET");
    const call = new HttpCall(visit, request, response);
    const pieces: Buffer[] = [];
    let size = 0;
    try {
      for await (const piece of request as AsyncIterable<Buffer>) {
        size += piece.length;
        if (size > kLongestBody) return call.destroy();
        pieces.push(piece);
      }
    } catch {
      visit.entry.state = "gone";
      return;
    }
    call.body = Buffer.concat(pieces);
    visit.entry.body = shown(call.body);
    const { refused, rule } = await this.door(visit);
    if (refused) return call.refuse(refused);
    if (rule?.fault === "break") return call.destroy();
    if (rule?.fault === "timeout" || rule?.fault === "half_open") return;
    if (rule?.fault === "close_early") return call.raw(200, {}, Buffer.alloc(0));
    if (rule?.fault === "garbage") return call.garbage();
    try {
      await this.vendor.http(call);
    } catch (error) {
      this.complain(visit, error);
      call.destroy();
    }
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const visit = this.visit(request, "WS");
    socket.on("error", () => undefined);
    socket.once("close", () => {
      if (visit.entry.state === "open") visit.entry.state = "gone";
    });
    const call = new WsCall(visit, this.upgrades, request, socket, head);
    const { refused, rule } = await this.door(visit);
    if (refused) return call.refuse(refused);
    if (rule?.fault === "break") return void socket.destroy();
    if (rule?.fault === "timeout" || rule?.fault === "half_open") return void socket.resume();
    if (rule?.fault === "garbage") return void socket.end(garbage(false));
    try {
      if (rule?.fault === "close_early") {
        const session = await call.accept({ protocol: call.protocols[0] ?? "" });
        return session.close(1000);
      }
      await this.vendor.ws(call);
    } catch (error) {
      this.complain(visit, error);
      socket.destroy();
    }
  }

  private complain(visit: Visit, error: unknown): void {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${visit.vendor.name} ${visit.method} ${visit.path}: ${words}\n`);
  }
}
