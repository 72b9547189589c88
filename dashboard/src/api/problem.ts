// What the server says went wrong (RFC 9457), or that it could not be reached at all.
import type { components } from "./schema";

export type ProblemBody = components["schemas"]["Problem"];

export class Problem extends Error {
  readonly name = "Problem";

  constructor(
    // 0: the server could not be reached.
    readonly status: number,
    // The stable end of the type: "not-found", "validation-failed" …; "unreachable" without a server.
    readonly kind: string,
    message: string,
    readonly errors: ReadonlyArray<{ pointer: string; detail: string }> = [],
  ) {
    super(message);
  }

  // What is wrong with one field of a form: by the last part of its pointer.
  about(field: string): string | undefined {
    return this.errors.find((error) => error.pointer === `/body/${field}` || error.pointer.endsWith(`/${field}`))?.detail;
  }

  get unreachable() {
    return this.status === 0;
  }
}

export function problemOf(status: number, body: unknown): Problem {
  const told = (typeof body === "object" && body !== null ? body : {}) as Partial<ProblemBody>;
  const kind = told.type?.split(":").pop() ?? `http-${status}`;
  return new Problem(status, kind, told.detail ?? told.title ?? `The server answered with ${status}.`, told.errors ?? []);
}

export function unreachable(): Problem {
  return new Problem(0, "unreachable", "The server cannot be reached.");
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
