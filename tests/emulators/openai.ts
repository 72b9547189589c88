// OpenAI's side of the wire, and that of the servers that say they are compatible.
//
// The flavour is the end of the key ("sk-test-ollama") or a rule's `flavour`: ollama, vllm, vllm-old, llamacpp, lmstudio,
// groq, azure, gemini, openrouter, strict (refuses max_completion_tokens); without one it is OpenAI itself.
import type { Core, HttpExchange, Part, Vendor, WsExchange } from "./core/types.js";
import { speech, transcriptions } from "./openai/audio.js";
import { chat, isUnknownModel } from "./openai/chat.js";
import { httpError, streamError } from "./openai/errors.js";
import { realtime } from "./openai/realtime.js";

const kFlavours = ["ollama", "vllm", "vllm-old", "llamacpp", "lmstudio", "groq", "azure", "gemini", "openrouter", "strict"];

function flavourOf(key: string, ruled: string): string {
  return ruled !== "" ? ruled : (kFlavours.find((flavour) => key.endsWith(`-${flavour}`)) ?? "");
}

const kDay = 86_400;
const kModels: { id: string; shutdown?: string }[] = [
  { id: "gpt-4o", shutdown: "2027-01-14" },
  { id: "gpt-4o-mini", shutdown: "2027-01-14" },
  { id: "gpt-4.1-mini", shutdown: "2027-01-14" },
  { id: "gpt-5-mini", shutdown: "2026-12-11" },
  { id: "gpt-6-luna" },
  { id: "gpt-4o-mini-tts" },
  { id: "tts-1" },
  { id: "whisper-1", shutdown: "2027-02-26" },
  { id: "gpt-4o-transcribe", shutdown: "2027-02-26" },
  { id: "gpt-transcribe" },
  { id: "gpt-live-transcribe" },
  { id: "gpt-realtime", shutdown: "2027-01-20" },
  { id: "gpt-realtime-2" },
];

function modelEntry({ id, shutdown }: { id: string; shutdown?: string }): unknown {
  const shutdown_date = shutdown === undefined ? null : Date.parse(`${shutdown}T00:00:00Z`) / 1000;
  return { id, object: "model", created: 1_700_000_000 - (1_700_000_000 % kDay), owned_by: "openai", shutdown_date };
}

async function models(exchange: HttpExchange, flavour: string): Promise<void> {
  const id = /\/models\/([^/]+)$/.exec(exchange.path)?.[1];
  if (id === undefined) return exchange.reply(200, { object: "list", data: kModels.map(modelEntry) });
  const found = kModels.find((model) => model.id === id);
  if (!found || isUnknownModel(id, flavour)) return exchange.refuse("unknown_model", { model: id });
  return exchange.reply(200, modelEntry(found));
}

export function openai(core: Core): Vendor {
  return {
    name: "openai",
    keyOf(headers) {
      const own = headers["api-key"]; // Azure
      return typeof own === "string" ? own : (/^Bearer\s+(.*)$/i.exec(headers.authorization ?? "")?.[1] ?? "").trim();
    },
    partOf(method, path, query): Part {
      if (method === "WS") return query.get("intent") === "transcription" || /transcribe|whisper/.test(query.get("model") ?? "") ? "stt" : "sts";
      if (path.endsWith("/chat/completions")) return "llm";
      if (path.endsWith("/audio/speech")) return "tts";
      if (/\/audio\/(transcriptions|translations)$/.test(path)) return "stt";
      return "other";
    },
    headers: (requestId) => ({
      "x-request-id": `req_${requestId.replaceAll("-", "")}`,
      "openai-processing-ms": "12",
      "openai-version": "2020-10-01",
      "openai-organization": "org-emulated",
    }),
    httpError: (fault, context) => httpError(fault, { ...context, flavour: flavourOf(context.key, context.flavour) }),
    streamError: (fault, context, over) => streamError(fault, { ...context, flavour: flavourOf(context.key, context.flavour) }, over),
    async http(exchange) {
      const flavour = flavourOf(exchange.key, exchange.flavour);
      const { path, method } = exchange;
      // Local servers take any key, or none.
      if (exchange.key === "" && !["ollama", "vllm", "llamacpp", "lmstudio"].includes(flavour)) return exchange.refuse("bad_key");
      if (method === "GET" && /\/models(\/[^/]+)?$/.test(path)) return models(exchange, flavour);
      if (method === "POST" && path.endsWith("/chat/completions")) return chat(core, exchange, flavour);
      if (method === "POST" && path.endsWith("/audio/speech")) return speech(core, exchange, flavour);
      if (method === "POST" && path.endsWith("/audio/transcriptions")) return transcriptions(core, exchange, flavour);
      return exchange.refuse("bad_request", { message: `Invalid URL (${method} ${path})` });
    },
    async ws(exchange: WsExchange) {
      const model = exchange.query.get("model") ?? "";
      if (exchange.key === "") return exchange.refuse("bad_key");
      if (!exchange.path.endsWith("/realtime")) return exchange.refuse("bad_request");
      if (exchange.part === "sts" && isUnknownModel(model, "")) return exchange.refuse("unknown_model", { model });
      return realtime(core, exchange);
    },
  };
}
