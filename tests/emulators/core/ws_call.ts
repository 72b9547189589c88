// One WebSocket, from its handshake on.
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket, WebSocketServer } from "ws";
import { PlannedAnswer, type Sink } from "./answer.js";
import { toWire } from "./corrupt.js";
import { refusalContext, type Visit } from "./server.js";
import type { Answer, ErrorFault, Message, Part, RefusalDetail, WsExchange, WsSession } from "./types.js";

const kHighWater = 1 << 20;

export class WsCall implements WsExchange {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers;
  readonly key: string;
  readonly part: Part;
  readonly requestId: string;
  readonly flavour: string;
  readonly protocols: string[];

  constructor(
    private readonly visit: Visit,
    private readonly server: WebSocketServer,
    private readonly request: IncomingMessage,
    private readonly socket: Duplex,
    private readonly head: Buffer,
  ) {
    ({ path: this.path, query: this.query, headers: this.headers } = visit);
    ({ key: this.key, part: this.part, requestId: this.requestId, flavour: this.flavour } = visit);
    const offered = request.headers["sec-websocket-protocol"];
    this.protocols = offered === undefined ? [] : offered.split(",").map((one) => one.trim());
  }

  async accept(options: { protocol?: string; headers?: Record<string, string> } = {}): Promise<WsSession> {
    this.visit.entry.status = 101;
    // ws confirms the first protocol that the client offers, so only the chosen one is left to it.
    if (options.protocol) this.request.headers["sec-websocket-protocol"] = options.protocol;
    else delete this.request.headers["sec-websocket-protocol"];
    const extra = { ...this.visit.vendor.headers(this.requestId), ...options.headers };
    const addHeaders = (lines: string[], request: IncomingMessage) => {
      if (request === this.request) for (const [name, value] of Object.entries(extra)) lines.push(`${name}: ${value}`);
    };
    this.server.on("headers", addHeaders);
    const socket = await new Promise<WebSocket>((resolve, reject) => {
      this.socket.once("close", () => reject(new Error("the client went during the handshake")));
      this.server.handleUpgrade(this.request, this.socket, this.head, resolve);
    }).finally(() => this.server.off("headers", addHeaders));
    return new Session(this.visit, socket, this.socket);
  }

  async refuse(fault: ErrorFault, detail?: RefusalDetail): Promise<void> {
    const { status, headers, body } = this.visit.vendor.httpError(fault, refusalContext(this.visit, detail));
    this.visit.entry.status = status;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const all: Record<string, string> = {
      ...this.visit.vendor.headers(this.requestId),
      "content-type": typeof body === "string" ? "text/plain" : "application/json",
      ...headers,
      "content-length": String(Buffer.byteLength(text)),
      connection: "close",
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}\r\n${lines.join("")}\r\n${text}`);
  }
}

class Session implements WsSession {
  onMessage: WsSession["onMessage"] = () => undefined;
  onClose: WsSession["onClose"] = () => undefined;
  private frozen = false;
  private readonly closed: Promise<void>;

  constructor(
    private readonly visit: Visit,
    private readonly socket: WebSocket,
    private readonly tcp: Duplex,
  ) {
    socket.on("message", (data: Buffer, binary: boolean) => {
      if (this.frozen) return;
      const received = binary ? data : data.toString();
      visit.journal.frame(visit.entry, received);
      try {
        this.onMessage(received);
      } catch (error) {
        process.stderr.write(`${visit.vendor.name} ${visit.path}: ${String(error)}\n`);
        socket.terminate();
      }
    });
    // What ws refuses (a frame too long, bad UTF-8) it closes itself.
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) =>
      socket.once("close", (code: number) => {
        visit.entry.state = "done";
        visit.entry.close_code = code;
        this.onClose(code);
        resolve();
      }),
    );
  }

  get open(): boolean {
    return !this.frozen && this.socket.readyState === this.socket.OPEN;
  }

  send(message: Message): void {
    const { bytes, binary } = toWire(message);
    this.write([bytes], binary);
  }

  answer(part: Part = this.visit.part): Answer {
    const { vendor, rules, key } = this.visit;
    const rule = rules.take("answer", vendor.name, key, part);
    if (rule) this.visit.entry.fault = rule.fault!;
    return new PlannedAnswer(this.sink(), rules.latency(vendor.name, key, part), rule);
  }

  fail(fault: ErrorFault, detail?: RefusalDetail): void {
    const { message, close } = this.visit.vendor.streamError(fault, refusalContext(this.visit, detail), "ws");
    if (message) this.send(message);
    if (close) this.close(close.code, close.reason);
  }

  close(code: number, reason = ""): void {
    if (!this.open) return;
    // A reason holds at most 123 bytes.
    this.socket.close(code, Buffer.from(reason).subarray(0, 123));
  }

  private write(parts: Buffer[], binary: boolean): void {
    if (!this.open) return;
    parts.forEach((part, i) => this.socket.send(part, { binary, fin: i === parts.length - 1 }, () => undefined));
  }

  private sink(): Sink {
    const session = this;
    return {
      get open() {
        return session.open;
      },
      crumbs: false,
      closed: this.closed,
      write: async (parts, binary) => {
        session.write(parts, binary);
        while (session.open && session.socket.bufferedAmount > kHighWater) {
          await Promise.race([new Promise((resolve) => setTimeout(resolve, 5)), session.closed]);
        }
      },
      finish: async () => undefined,
      // What was written before goes out first.
      destroy: () => void setTimeout(() => session.socket.terminate(), 20),
      freeze: () => {
        session.frozen = true;
        session.tcp.pause();
      },
      closeEarly: () => session.close(1000),
      fail: (fault) => session.fail(fault),
    };
  }
}
