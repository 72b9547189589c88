// What the emulator has received, and what is open, for assertions.
import type { IncomingHttpHeaders } from "node:http";

export interface Entry {
  id: string; // the request id the client was told
  vendor: string;
  key: string;
  part: string;
  method: string; // "WS" for a WebSocket
  path: string;
  query: Record<string, string | string[]>;
  headers: Record<string, string>;
  body?: unknown; // JSON as it is, other text as text, else the number of bytes
  /** Of a WebSocket: text frames (the last 100; JSON parsed), and how much sound came in binary frames. */
  messages?: unknown[];
  binary_frames?: number;
  binary_bytes?: number;
  status?: number;
  fault?: string;
  state: "open" | "done" | "gone"; // gone: the client went before the end
  close_code?: number;
  at_ms: number; // since the emulator began
  http_version?: string;
}

export interface JournalState {
  connections: Record<string, number>; // TCP, by vendor, whoever opened them
  requests: number;
  websockets: number;
  open_requests: number;
  open_websockets: number;
  entries: Entry[]; // the last 200
}

const kSecretHeaders = ["authorization", "api-key", "api-subscription-key", "x-goog-api-key", "xi-api-key", "cookie"];
const kKept = 2000;
const kFrames = 100;

export class Journal {
  private entries: Entry[] = [];
  private readonly connections = new Map<string, number>(); // by vendor
  private readonly began = Date.now();

  connection(vendor: string, change: 1 | -1): void {
    this.connections.set(vendor, (this.connections.get(vendor) ?? 0) + change);
  }

  begin(entry: Omit<Entry, "at_ms" | "state" | "headers" | "query"> & { headers: IncomingHttpHeaders; query: URLSearchParams }): Entry {
    const query: Entry["query"] = {};
    for (const name of new Set(entry.query.keys())) {
      if (name === "key" || name === "authorization") continue;
      const values = entry.query.getAll(name);
      query[name] = values.length === 1 ? values[0]! : values;
    }
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(entry.headers)) {
      if (name.startsWith(":") || kSecretHeaders.includes(name) || value === undefined) continue;
      const text = Array.isArray(value) ? value.join(", ") : value;
      headers[name] = entry.key !== "" ? text.replaceAll(entry.key, "***") : text;
    }
    const full: Entry = { ...entry, query, headers, at_ms: Date.now() - this.began, state: "open" };
    this.entries.push(full);
    if (this.entries.length > kKept) this.entries.shift();
    return full;
  }

  frame(entry: Entry, data: string | Buffer): void {
    if (typeof data !== "string") {
      entry.binary_frames = (entry.binary_frames ?? 0) + 1;
      entry.binary_bytes = (entry.binary_bytes ?? 0) + data.length;
      return;
    }
    const frames = (entry.messages ??= []);
    frames.push(shown(Buffer.from(data)));
    if (frames.length > kFrames) frames.shift();
  }

  /** With a key: only what came with it. */
  state(key?: string): JournalState {
    const wanted = key === undefined ? this.entries : this.entries.filter((entry) => entry.key === key);
    const open = wanted.filter((entry) => entry.state === "open");
    return {
      connections: Object.fromEntries(this.connections),
      requests: wanted.filter((entry) => entry.method !== "WS").length,
      websockets: wanted.filter((entry) => entry.method === "WS").length,
      open_requests: open.filter((entry) => entry.method !== "WS").length,
      open_websockets: open.filter((entry) => entry.method === "WS").length,
      entries: wanted.slice(-200),
    };
  }

  clear(key?: string): void {
    this.entries = this.entries.filter((entry) => entry.state === "open" || (key !== undefined && entry.key !== key));
  }
}

const kLongest = 200;

/** Sound in base64 is told by its length. */
export function shown(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const first = body[0];
  if (first === 0x7b || first === 0x5b) {
    try {
      return JSON.parse(body.toString(), (name, value: unknown) =>
        typeof value === "string" && ["audio", "data"].includes(name) && value.length > kLongest ? `${value.length} characters` : value,
      ) as unknown;
    } catch {
      return body.toString().slice(0, 2000);
    }
  }
  return body.length < 2000 && body.every((byte) => byte >= 9) ? body.toString() : `${body.length} bytes`;
}
