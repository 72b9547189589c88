// Deepgram: live and recorded speech to text, Flux, Aura voices, and what a check of the key asks for.
import type { HttpExchange, Vendor, VendorModule } from "./core/types.js";
import { httpError, notFound, streamError } from "./deepgram/errors.js";
import { flux } from "./deepgram/flux.js";
import { live } from "./deepgram/live.js";
import { prerecorded } from "./deepgram/prerecorded.js";
import { speakRest, speakSocket } from "./deepgram/speak.js";

const kProject = "7f2b1d3c-8a54-4e0e-9a51-3c3f1f0f9d10";

function recogniser(name: string, arch: string): unknown {
  const languages = ["en", "en-US", "en-IN", "hi", ...(arch === "nova-3" ? ["multi"] : [])];
  return {
    name,
    canonical_name: `${arch}-${name}`,
    architecture: arch,
    languages,
    version: "2024-02-07.20824",
    uuid: "1ed36bac-f71c-4f3f-a31f-02fd6525c489",
    batch: true,
    streaming: true,
    formatted_output: true,
  };
}

function voice(name: string): unknown {
  return {
    name,
    canonical_name: `aura-2-${name}-en`,
    architecture: "aura-2",
    languages: ["en", "en-US"],
    version: "2025-04-07.0",
    uuid: "c1a5e1d6-7f0e-4a9f-9a4b-0a9d4a2f51b7",
    metadata: { accent: "American", age: "Adult", tags: ["feminine"], use_cases: ["Casual chat"] },
  };
}

async function get(exchange: HttpExchange): Promise<void> {
  switch (exchange.path) {
    case "/v1/projects":
      return exchange.reply(200, { projects: [{ project_id: kProject, name: "Emulated" }] });
    case "/v1/models":
    case `/v1/projects/${kProject}/models`:
      return exchange.reply(200, {
        stt: [recogniser("general", "nova-3"), recogniser("general", "nova-2"), recogniser("phonecall", "nova-2")],
        tts: [voice("thalia"), voice("andromeda")],
      });
    case `/v1/projects/${kProject}/balances`:
      return exchange.reply(200, { balances: [{ balance_id: kProject, amount: 187.5, units: "usd", purchase_order_id: "" }] });
    default:
      return exchange.refuse(notFound.fault, notFound);
  }
}

export const deepgram: VendorModule = (core): Vendor => ({
  name: "deepgram",
  keyOf(headers) {
    const [scheme, key] = (headers.authorization ?? "").split(" ");
    if (key && /^(token|bearer)$/i.test(scheme ?? "")) return key;
    const offered = String(headers["sec-websocket-protocol"] ?? "").split(/\s*,\s*/);
    return /^(token|bearer)$/.test(offered[0] ?? "") ? (offered[1] ?? "") : "";
  },
  partOf(_method, path) {
    return path.endsWith("/listen") ? "stt" : path.endsWith("/speak") ? "tts" : "other";
  },
  headers: (requestId) => ({ "dg-request-id": requestId }),
  httpError,
  streamError,
  async http(exchange) {
    if (exchange.key === "") return exchange.refuse("bad_key");
    if (exchange.method === "GET") return get(exchange);
    if (exchange.method === "POST" && exchange.path === "/v1/listen") return prerecorded(core, exchange);
    if (exchange.method === "POST" && exchange.path === "/v1/speak") return speakRest(core, exchange);
    return exchange.refuse(notFound.fault, notFound);
  },
  async ws(exchange) {
    if (exchange.key === "") return exchange.refuse("bad_key");
    if (exchange.path === "/v1/listen") return live(core, exchange);
    if (exchange.path === "/v2/listen") return flux(core, exchange);
    if (exchange.path === "/v1/speak") return speakSocket(core, exchange);
    return exchange.refuse(notFound.fault, notFound);
  },
});
