// What /v1/listen, /v2/listen and /v1/speak take in their query, and what Deepgram refuses of it.
import type { Encoding } from "../core/audio.js";
import { badRequest, type Wrong } from "./errors.js";

export interface ListenOptions {
  model: string;
  language: string;
  encoding: string | undefined; // undefined: a container
  rate: number;
  channels: number;
  multichannel: boolean;
  interim: boolean;
  endpointingMs: number | undefined; // undefined: off
  utteranceEndMs: number | undefined;
  vadEvents: boolean;
  punctuate: boolean;
}

const kModel = /^(nova-3|nova-2|nova|enhanced|base)(-[a-z]+)?$/;
const encodings = ["linear16", "linear32", "mulaw", "alaw", "flac", "opus", "ogg-opus", "speex", "amr-nb", "amr-wb", "g729"];
/** What the emulator can decode of it. */
export function decodable(encoding: string): encoding is Encoding {
  return encoding === "linear16" || encoding === "mulaw" || encoding === "alaw";
}

const flag = (query: URLSearchParams, name: string): boolean => query.get(name) === "true";

// A whole number in a range, the default when absent, undefined when it is something else.
function whole(query: URLSearchParams, name: string, fallback: number, low: number, high: number): number | undefined {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  return Number.isInteger(value) && value >= low && value <= high ? value : undefined;
}

export function listenOptions(query: URLSearchParams, live: boolean): ListenOptions | Wrong {
  const model = query.get("model") ?? "base";
  if (!kModel.test(model)) return { fault: "unknown_model", model };
  if (model.startsWith("nova-3") && query.get("keywords"))
    return badRequest("Keywords are not supported for Nova-3. Please use `keyterm` instead.");
  if (!model.startsWith("nova-3") && query.get("keyterm"))
    return badRequest("Keyterm is only supported for Nova-3 models.");
  const encoding = query.get("encoding") ?? undefined;
  if (encoding !== undefined && !encodings.includes(encoding))
    return badRequest(`unknown encoding \`${encoding}\``);
  if (live && encoding !== undefined && !query.has("sample_rate") && encoding.startsWith("linear"))
    return badRequest("sample_rate is required with this encoding");
  const rate = whole(query, "sample_rate", 8000, 1000, 192000);
  const channels = whole(query, "channels", 1, 1, 20);
  if (rate === undefined || channels === undefined)
    return badRequest("Failed to deserialize query parameters: invalid digit found in string");
  const interim = flag(query, "interim_results");
  const utteranceEndMs = whole(query, "utterance_end_ms", -1, 1000, 5000);
  if (utteranceEndMs === undefined || (utteranceEndMs > 0 && live && !interim))
    return badRequest("utterance_end_ms must be at least 1000 and needs interim_results=true");
  const silence = query.get("endpointing") === "false" ? -1 : whole(query, "endpointing", 10, 0, 60000);
  if (silence === undefined && query.get("endpointing") !== "true")
    return badRequest("Failed to deserialize query parameters: endpointing");
  return {
    model,
    language: query.get("language") ?? "en",
    encoding,
    rate,
    channels,
    multichannel: flag(query, "multichannel"),
    interim,
    endpointingMs: silence === -1 ? undefined : (silence ?? 10),
    utteranceEndMs: utteranceEndMs > 0 ? utteranceEndMs : undefined,
    vadEvents: flag(query, "vad_events"),
    punctuate: flag(query, "punctuate") || flag(query, "smart_format"),
  };
}

export interface FluxOptions {
  model: string;
  encoding: Encoding;
  rate: number;
  eotThreshold: number;
  eagerThreshold: number | undefined;
  eotTimeoutMs: number;
  languageHints: string[];
}

function fraction(text: string | null, low: number, high: number): number | undefined | null {
  if (text === null) return undefined;
  const value = Number(text);
  return value >= low && value <= high ? value : null;
}

export function fluxOptions(query: URLSearchParams): FluxOptions | Wrong {
  const model = query.get("model") ?? "";
  if (!["flux-general-en", "flux-general-multi"].includes(model)) return { fault: "unknown_model", model };
  if (query.has("language")) return badRequest("unknown query parameter `language`");
  const encoding = query.get("encoding") ?? "linear16";
  if (!decodable(encoding)) return badRequest(`unknown encoding \`${encoding}\``);
  const rate = whole(query, "sample_rate", 16000, 8000, 48000);
  const eot = fraction(query.get("eot_threshold"), 0.5, 0.9);
  const eager = fraction(query.get("eager_eot_threshold"), 0.3, 0.9);
  const timeout = whole(query, "eot_timeout_ms", 5000, 500, 10000);
  if (rate === undefined || eot === null || eager === null || timeout === undefined)
    return badRequest("a threshold, timeout or sample rate is out of range");
  return {
    model,
    encoding,
    rate,
    eotThreshold: eot ?? 0.7,
    eagerThreshold: eager,
    eotTimeoutMs: timeout,
    languageHints: query.getAll("language_hint"),
  };
}

export interface SpeakOptions {
  model: string;
  language: string;
  encoding: Encoding;
  rate: number;
  container: "wav" | "none";
}

export function speakOptions(query: URLSearchParams, live: boolean): SpeakOptions | Wrong {
  const model = query.get("model") ?? "aura-asteria-en";
  const voice = /^aura(-2)?-[a-z]+-([a-z]{2})$/.exec(model);
  if (!voice) return { fault: "unknown_model", model };
  // Without an encoding the REST call answers in MP3, which is not emulated: a client of ours always names one.
  const encoding = query.get("encoding") ?? (live ? "linear16" : "mp3");
  if (!decodable(encoding))
    return badRequest(`encoding \`${encoding}\` is not supported here`);
  const rates = encoding === "linear16" ? [8000, 16000, 24000, 32000, 48000] : [8000, 16000];
  const rate = Number(query.get("sample_rate") ?? (encoding === "linear16" ? 24000 : 8000));
  if (!rates.includes(rate)) return badRequest(`sample_rate must be one of ${rates.join(", ")} for ${encoding}`);
  const container = query.get("container") ?? (live ? "none" : "wav");
  if ((container !== "wav" && container !== "none") || (live && container !== "none"))
    return badRequest("container must be `wav` or `none`");
  return { model, language: voice[2]!, encoding, rate, container };
}
