// Requests that nobody should send, to a server with something in it: what they are answered, and that they change
// nothing.
import { expect } from "vitest";
import { type Answer, api } from "./api.js";
import { Document, type Operation } from "./document.js";
import { rawRequest } from "./raw.js";
import { type Server, startServer } from "./server.js";
import { type Ready, Workspace } from "./workspace.js";

export interface Change {
  path?: string;
  query?: string;
  body?: string | Uint8Array;
  type?: string;
}

export class Prober {
  workspace!: Workspace;

  private constructor(
    readonly server: Server,
    readonly document: Document,
  ) {}

  static async start(): Promise<Prober> {
    const server = await startServer({ settings: { outbound: { allow: ["127.0.0.0/8"] } } });
    return new Prober(server, new Document((await api(server).get("/api/v1/openapi.json")).json));
  }

  async seed(): Promise<void> {
    this.workspace = await Workspace.first(this.server);
  }

  async stop(): Promise<void> {
    // The server says itself when something in it failed.
    expect(this.server.stderr).not.toMatch(/"level":"error"/);
    await this.server.stop();
  }

  async nothingChanges(act: () => Promise<void>): Promise<void> {
    const before = await this.state();
    await act();
    expect(await this.state()).toBe(before);
  }

  headersOf(operation: Operation, type: string): Record<string, string> {
    return this.workspace.owner.headers(Object.keys(operation.body).length === 0 ? {} : { "content-type": type });
  }

  // As the bytes are given, at exactly this address.
  send(operation: Operation, ready: Ready, change: Change): Promise<Answer> {
    const query = change.query ?? new URLSearchParams(ready.query).toString();
    const body = change.body ?? (ready.json === undefined ? ready.body : JSON.stringify(ready.json));
    return rawRequest(this.server, {
      method: operation.method,
      path: (change.path ?? ready.path) + (query === "" ? "" : `?${query}`),
      headers: this.headersOf(operation, change.type ?? ready.contentType ?? "application/json"),
      ...(body === undefined ? {} : { body }),
    });
  }

  // A problem with one of these statuses; a 400 names the place, or something in it.
  expectProblem(answer: Answer, statuses: number[], what: string, pointer?: string): void {
    expect(statuses, `${what}: ${answer.status} ${answer.text.slice(0, 300)}`).toContain(answer.status);
    expect(answer.headers.get("content-type"), what).toBe("application/problem+json");
    expect(this.document.mistakes({ $ref: "#/components/schemas/Problem" }, answer.json), what).toEqual([]);
    expect(answer.json.status, what).toBe(answer.status);
    if (answer.status !== 400 || pointer === undefined) return;
    const pointers: string[] = (answer.json.errors ?? []).map((error: { pointer: string }) => error.pointer);
    const isNamed = pointers.some((one) => one === pointer || one.startsWith(`${pointer}/`));
    expect(isNamed, `${what}: ${answer.text}`).toBe(true);
  }

  // Everything that can be listed, with the audit log: a change that was not seen would be there.
  private async state(): Promise<string> {
    const lists = this.document.operations.filter(
      ({ method, path, id, level }) =>
        method === "GET" &&
        !path.includes("{") &&
        level !== undefined &&
        !["streamEvents", "openEventSocket", "getUsage", "getOverview", "getMe"].includes(id),
    );
    const answers = await Promise.all(lists.map(({ path }) => this.workspace.owner.get(path)));
    return answers.map(({ text }, i) => `${lists[i]!.path} ${text}`).join("\n");
  }
}
