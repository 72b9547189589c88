// The official SDK offers the key as a sub-protocol besides the header, and stops unless the server confirms it.
import type { IncomingHttpHeaders } from "node:http";
import type { WsExchange } from "../core/types.js";

const kPrefix = "api-subscription-key.";

export function protocolOf(exchange: WsExchange): { protocol?: string } {
  const protocol = exchange.protocols.find((one) => one.startsWith(kPrefix));
  return protocol === undefined ? {} : { protocol };
}

export function keyOf(headers: IncomingHttpHeaders): string {
  const header = headers["api-subscription-key"];
  if (typeof header === "string" && header !== "") return header;
  const offered = String(headers["sec-websocket-protocol"] ?? "").split(/\s*,\s*/);
  const found = offered.find((one) => one.startsWith(kPrefix))?.slice(kPrefix.length);
  // Chat takes the key as OpenAI does, too.
  return found ?? /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "";
}
