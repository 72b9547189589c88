// What an agent's tools call: a small HTTP server that remembers what it was asked.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface ToolCall {
  method: string;
  path: string;
  headers: Record<string, unknown>;
  body: unknown;
}

export class ToolServer {
  readonly requests: ToolCall[] = [];
  private constructor(private readonly server: Server) {}

  /** `answer` gives the JSON that every request is answered with; a number is a status without a body. */
  static async start(answer: (call: ToolCall) => object | number | Promise<object | number>): Promise<ToolServer> {
    const server = createServer();
    const tools = new ToolServer(server);
    server.on("request", (request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      request.once("end", () => {
        const call: ToolCall = { method: request.method!, path: request.url!, headers: request.headers, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
        tools.requests.push(call);
        void Promise.resolve(answer(call)).then((result) => {
          response.writeHead(typeof result === "number" ? result : 200, { "content-type": "application/json" });
          response.end(typeof result === "number" ? "" : JSON.stringify(result));
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return tools;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The tool that the emulated models call when somebody wants to book. */
  bookTable(more: object = {}): object {
    return {
      name: "book_table",
      description: "Books a table.",
      url: `${this.url}/bookings`,
      parameters: { type: "object", properties: { name: { type: "string" }, hour: { type: "string" } }, required: ["name"] },
      ...more,
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
