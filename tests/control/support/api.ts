// A client of the API that says who is asking and keeps what it was answered.
import type { Server } from "./server.js";

// Answers are checked by schemas and expectations, not by types.
export type Json = any;

export interface Credentials {
  // An API key, sent as a bearer token.
  key?: string;
  // A session: the value of its cookie, and the token that goes with everything that changes something.
  cookie?: string;
  csrf?: string;
}

export interface RequestOptions {
  // Sent as JSON; a type among the headers wins over application/json.
  json?: unknown;
  // Sent as it is; its type is to be given among the headers.
  body?: string | Uint8Array;
  headers?: Record<string, string>;
  query?: Record<string, string | number | boolean>;
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // Undefined when the answer is not JSON.
  json: Json;
}

export class Api {
  constructor(
    readonly url: string,
    readonly credentials: Credentials = {},
  ) {}

  as(credentials: Credentials): Api {
    return new Api(this.url, credentials);
  }

  headers(own: Record<string, string> = {}): Record<string, string> {
    const { key, cookie, csrf } = this.credentials;
    return {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(cookie === undefined ? {} : { cookie: `parley_session=${cookie}` }),
      ...(csrf === undefined ? {} : { "x-csrf-token": csrf }),
      ...own,
    };
  }

  // The answer as it comes, for streams.
  raw(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const query = new URLSearchParams(
      Object.entries(options.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
    ).toString();
    const headers = this.headers(options.headers);
    if (options.json !== undefined) headers["content-type"] ??= "application/json";
    return fetch(this.url + path + (query === "" ? "" : `?${query}`), {
      method,
      headers,
      body: options.json !== undefined ? JSON.stringify(options.json) : options.body,
      redirect: "manual",
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    } as RequestInit);
  }

  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const response = await this.raw(method, path, options);
    const text = await response.text();
    const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "") && text !== "";
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  }

  get(path: string, options?: RequestOptions) {
    return this.request("GET", path, options);
  }
  post(path: string, json?: unknown, options?: RequestOptions) {
    return this.request("POST", path, { ...options, json });
  }
  put(path: string, json?: unknown, options?: RequestOptions) {
    return this.request("PUT", path, { ...options, json });
  }
  patch(path: string, json?: unknown, options?: RequestOptions) {
    return this.request("PATCH", path, { ...options, json });
  }
  delete(path: string, options?: RequestOptions) {
    return this.request("DELETE", path, options);
  }

  // The JSON of an answer that must be a success.
  async must(method: string, path: string, json?: unknown, options?: RequestOptions): Promise<Json> {
    const answer = await this.request(method, path, { ...options, json });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  }
}

export const api = (server: Server | string, credentials: Credentials = {}) =>
  new Api(typeof server === "string" ? server : server.url, credentials);

export function sessionOf(answer: Answer): Credentials {
  const cookie = /parley_session=([^;]+)/.exec(answer.headers.get("set-cookie") ?? "")?.[1];
  if (cookie === undefined) throw new Error(`no session was opened: ${answer.status} ${answer.text}`);
  return { cookie, csrf: answer.json.csrfToken };
}

export const password = "correct horse battery";

// Takes an invitation (a token, or a link that ends in one): the session of the user it makes.
export async function acceptInvite(server: Server | string, linkOrToken: string, email?: string): Promise<Api> {
  const client = api(server);
  const token = linkOrToken.split("/").pop()!;
  const answer = await client.post(`/api/v1/invites/${token}`, {
    password,
    name: email?.split("@")[0] ?? "",
    ...(email === undefined ? {} : { email }),
  });
  return client.as(sessionOf(answer));
}

// The first owner of a fresh server, who closes it to everybody without credentials.
export const becomeOwner = (server: Server, email = "owner@example.com") =>
  acceptInvite(server, server.ownerToken, email);

export async function logIn(server: Server | string, email: string, secret = password): Promise<Api> {
  const client = api(server);
  return client.as(sessionOf(await client.post("/api/v1/login", { email, password: secret })));
}
