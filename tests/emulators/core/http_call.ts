// One HTTP request and its response, over HTTP/1.1 or HTTP/2.
import type { ServerResponse } from "node:http";
import { PlannedAnswer, type Sink } from "./answer.js";
import { garbage, toWire } from "./corrupt.js";
import { parseMultipart } from "./multipart.js";
import { type Request, type Response, refusalContext, type Visit } from "./server.js";
import type { Answer, ErrorFault, FormPart, HttpExchange, HttpRefusal, Message, RefusalDetail } from "./types.js";

// HTTP/2 has no place for these.
const connectionHeaders = new Set(["connection", "transfer-encoding", "keep-alive"]);

export class HttpCall implements HttpExchange {
  body: Buffer = Buffer.alloc(0);
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers;
  readonly key: string;
  readonly part;
  readonly requestId: string;
  readonly flavour: string;

  constructor(
    private readonly visit: Visit,
    private readonly request: Request,
    private readonly response: Response,
  ) {
    ({ method: this.method, path: this.path, query: this.query, headers: this.headers } = visit);
    ({ key: this.key, part: this.part, requestId: this.requestId, flavour: this.flavour } = visit);
    response.on("error", () => undefined);
    response.once("close", () => {
      if (visit.entry.state === "open") visit.entry.state = response.writableEnded ? "done" : "gone";
    });
  }

  json(): unknown {
    try {
      return JSON.parse(this.body.toString()) as unknown;
    } catch {
      return undefined;
    }
  }

  multipart(): FormPart[] {
    return parseMultipart(this.body, String(this.headers["content-type"] ?? ""));
  }

  async reply(status: number, body: unknown, headers: Record<string, string> = {}): Promise<void> {
    const answer = await this.stream(status, { "content-type": "application/json", ...headers });
    const message: Message = { json: body };
    if (await answer.piece(message)) await answer.end();
  }

  async refuse(fault: ErrorFault, detail?: RefusalDetail): Promise<void> {
    const { status, headers, body }: HttpRefusal = this.visit.vendor.httpError(fault, refusalContext(this.visit, detail));
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return this.raw(status, { "content-type": typeof body === "string" ? "text/plain" : "application/json", ...headers }, Buffer.from(text));
  }

  async stream(status: number, headers: Record<string, string>): Promise<Answer> {
    const { vendor, rules, key, part } = this.visit;
    const rule = rules.take("answer", vendor.name, key, part);
    if (rule) this.visit.entry.fault = rule.fault!;
    const latency = rules.latency(vendor.name, key, part);
    this.head(status, headers);
    return new PlannedAnswer(this.sink(), latency, rule);
  }

  raw(status: number, headers: Record<string, string>, body: Buffer): void {
    this.head(status, { ...headers, "content-length": String(body.length) });
    this.response.end(body);
  }

  /** Bytes that are no HTTP at all; over HTTP/2, where that cannot be, a body of them. */
  garbage(): void {
    if ("stream" in this.request && this.request.httpVersionMajor === 2) return this.raw(200, {}, garbage(false));
    this.request.socket.end(garbage(false));
  }

  destroy(): void {
    this.visit.entry.state = "done";
    if ("stream" in this.request && this.request.httpVersionMajor === 2) this.request.stream.session?.destroy();
    else this.request.socket.destroy();
  }

  private head(status: number, headers: Record<string, string>): void {
    this.visit.entry.status = status;
    if (this.response.destroyed || this.response.headersSent) return;
    const all = { ...this.visit.vendor.headers(this.requestId), ...headers };
    for (const [name, value] of Object.entries(all)) {
      if (this.request.httpVersionMajor !== 2 || !connectionHeaders.has(name.toLowerCase())) this.response.setHeader(name, value);
    }
    this.response.statusCode = status;
    (this.response as ServerResponse).flushHeaders();
  }

  private sink(): Sink {
    const { response, visit } = this;
    const closed = new Promise<void>((resolve) => response.once("close", resolve));
    const isOpen = () => !response.destroyed && !response.writableEnded;
    const write = async (bytes: Buffer) => {
      if (!isOpen() || bytes.length === 0) return;
      // The two kinds of response have the same write, with types that do not meet.
      const more = (response.write as (piece: Buffer) => boolean).call(response, bytes);
      if (!more) await Promise.race([new Promise<void>((resolve) => response.once("drain", resolve)), closed]);
    };
    return {
      get open() {
        return isOpen();
      },
      crumbs: true,
      closed,
      write: (parts) => write(Buffer.concat(parts)),
      finish: async () => void response.end(),
      // What was written before goes out first.
      destroy: () => void setTimeout(() => this.destroy(), 20),
      // Over HTTP/2 the connection belongs to the other streams as well.
      freeze: () => {
        if (this.request.httpVersionMajor !== 2) this.request.socket.pause();
      },
      closeEarly: () => void response.end(),
      fail: (fault) => {
        const { message } = visit.vendor.streamError(fault, refusalContext(visit), "http");
        // Apart from what went before: Google's client looks for a bare error at the beginning of what it reads.
        setTimeout(() => {
          if (message) void write(toWire(message).bytes);
          response.end();
        }, 20);
      },
    };
  }
}
