// The API, typed by its own description. Every answer that is no success is thrown as a Problem.
import createClient, { type Middleware } from "openapi-fetch";
import { heardFromServer, lostServer } from "./connection";
import { problemOf, unreachable } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

// Browsers that came with a cookie prove with this that the request is the dashboard's own.
let csrfToken: string | null = null;
export function setCsrfToken(token: string | null) {
  csrfToken = token;
}
export function csrfHeaders(): Record<string, string> {
  return csrfToken ? { "X-CSRF-Token": csrfToken } : {};
}

const middleware: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(csrfHeaders())) request.headers.set(name, value);
    return request;
  },
  async onResponse({ response }) {
    // A proxy whose server is away answers so as well.
    if (response.status === 502 || response.status === 504) lostServer();
    else heardFromServer();
    if (response.ok) return undefined;
    const body: unknown = await response.json().catch(() => null);
    throw problemOf(response.status, body);
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") return error;
    lostServer();
    return unreachable();
  },
};

export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
api.use(middleware);

// The body of an answer that has one: api.GET("/api/v1/me").then(body).
export function body<T>(answer: { data?: T }): T {
  return answer.data as T;
}

// A request that must be done once, however often it is sent.
// (crypto.randomUUID is missing on pages that came over plain http from another machine.)
export function idempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The header that lets a change happen only when nobody else made one meanwhile.
export function ifMatch(etag: number): { "If-Match": string } {
  return { "If-Match": `"${etag}"` };
}
