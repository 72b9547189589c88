// Requests exactly as they are written, with whatever Host and address: fetch would correct them.
import { request } from "node:http";
import type { Answer } from "./api.js";
import type { Server } from "./server.js";

export interface RawRequest {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

export function rawRequest(server: Server, { method = "GET", path, headers = {}, body }: RawRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const sent = request(
      { host: "127.0.0.1", port: server.port, method, path, headers: { ...length, ...headers }, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          const flat = new Headers();
          for (const [name, value] of Object.entries(response.headers))
            for (const one of Array.isArray(value) ? value : [value ?? ""]) flat.append(name, one);
          const isJson = /[/+]json\b/.test(flat.get("content-type") ?? "") && text !== "";
          resolve({ status: response.statusCode!, headers: flat, text, json: isJson ? JSON.parse(text) : undefined });
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
