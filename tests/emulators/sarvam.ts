// Sarvam: two recognisers over sockets and one over HTTP, voices likewise, and chat in OpenAI's form.
import type { Vendor, VendorModule } from "./core/types.js";
import { chat } from "./openai/chat.js";
import { httpError, notFound, streamError } from "./sarvam/errors.js";
import { sttRealtime } from "./sarvam/stt_realtime.js";
import { speechToText } from "./sarvam/stt_rest.js";
import { sttSocket } from "./sarvam/stt_socket.js";
import { keyOf } from "./sarvam/sub_protocol.js";
import { textToSpeech } from "./sarvam/tts_rest.js";
import { ttsSocket } from "./sarvam/tts_socket.js";

const kChatModels = ["sarvam-30b", "sarvam-105b", "sarvam-m"];

export const sarvam: VendorModule = (core): Vendor => ({
  name: "sarvam",
  keyOf,
  partOf(_method, path) {
    return path.startsWith("/speech-to-text") ? "stt" : path.startsWith("/text-to-speech") ? "tts" : path.includes("/chat/") ? "llm" : "other";
  },
  headers: (requestId) => ({ "x-request-id": requestId }),
  httpError,
  streamError,
  async http(exchange) {
    if (exchange.key === "") return exchange.refuse("bad_key");
    if (exchange.method !== "POST") return exchange.refuse(notFound.fault, notFound);
    if (exchange.path === "/text-to-speech") return textToSpeech(core, exchange, "rest");
    if (exchange.path === "/text-to-speech/stream") return textToSpeech(core, exchange, "stream");
    if (exchange.path === "/v1/chat/completions") {
      const model = (exchange.json() as { model?: unknown } | null | undefined)?.model;
      if (typeof model === "string" && !kChatModels.includes(model)) return exchange.refuse("unknown_model", { model });
      return chat(core, exchange, "sarvam");
    }
    return speechToText(core, exchange);
  },
  async ws(exchange) {
    if (exchange.key === "") return exchange.refuse("bad_key");
    switch (exchange.path) {
      case "/speech-to-text/ws":
      case "/speech-to-text-translate/ws":
        return sttSocket(core, exchange);
      case "/speech-to-text-realtime/ws":
        return sttRealtime(core, exchange);
      case "/text-to-speech/ws":
        return ttsSocket(core, exchange);
      default:
        return exchange.refuse(notFound.fault, notFound);
    }
  },
});
