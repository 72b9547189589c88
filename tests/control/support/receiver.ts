// Somebody else's server, to which Parley posts its events.
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Json } from "./api.js";
import { eventually } from "./server.js";

export interface Posted {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  json: Json;
}

export class Receiver {
  readonly posted: Posted[] = [];
  // What is answered to each request; "hang" never answers.
  answer: (posted: Posted) => number | "hang" | { status: number; location: string } = () => 200;

  private constructor(private readonly http: HttpServer) {}

  static async start(): Promise<Receiver> {
    const http = createServer();
    const receiver = new Receiver(http);
    http.on("request", (request, response) => {
      let body = "";
      request.on("data", (piece: Buffer) => (body += piece.toString("utf8")));
      request.on("end", () => {
        const posted = { path: request.url ?? "", headers: request.headers, body, json: JSON.parse(body) as Json };
        receiver.posted.push(posted);
        const answer = receiver.answer(posted);
        if (answer === "hang") return;
        if (typeof answer === "number") response.writeHead(answer).end();
        else response.writeHead(answer.status, { location: answer.location }).end();
      });
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port;
  }
  url(path = "/hook"): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }
  at(path: string): Posted[] {
    return this.posted.filter((one) => one.path === path);
  }
  until(what: string, ready: (posted: Posted[]) => boolean, withinMs = 10_000): Promise<boolean> {
    return eventually(what, async () => ready(this.posted), withinMs);
  }
  stop(): void {
    this.http.closeAllConnections();
    this.http.close();
  }
}

// As the description of the signature tells a receiver to do it.
export function signatureIsGood(posted: Posted, secret: string): boolean {
  const found = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(posted.headers["parley-signature"]));
  if (found === null) return false;
  const [, time, given] = found;
  const fresh = Math.abs(Date.now() / 1000 - Number(time)) < 300;
  return fresh && createHmac("sha256", secret).update(`${time}.${posted.body}`).digest("hex") === given;
}
