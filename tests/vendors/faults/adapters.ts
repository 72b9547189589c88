// Every adapter of the server, as an agent's choice with a fallback at another vendor, and when faults are tried on it.
import type { Fault, Phase } from "../../emulators/core/types.js";
import { type Choice, kModels, kRecognisers, kVoices } from "../support/choices.js";

export type Part = "stt" | "llm" | "tts" | "sts";
type Fallback = Omit<Choice, "fallbacks">;

export interface Adapter {
  name: string;
  part: Part;
  choice: Choice;
  fallback: Fallback;
}

// So long a choice that says nothing is waited for. The tests' machine may be busy: nothing healthy takes so long.
const kPatience: Record<Part, Record<string, string>> = {
  stt: { final_ms: "1800" },
  llm: { first_token_ms: "1200", stall_ms: "1200" },
  tts: { first_audio_ms: "1200", stall_ms: "1200" },
  sts: {},
};

function adapters(part: Part, choices: Record<string, Choice>, first: Fallback, second: Fallback): Adapter[] {
  return Object.entries(choices).map(([name, choice]) => ({
    name,
    part,
    choice: { ...choice, options: { ...choice.options, ...kPatience[part] } },
    fallback: choice.provider === first.provider ? second : first,
  }));
}

const { openai, gemini, brain } = kModels;
export const kAdapters: Adapter[] = [
  ...adapters("stt", kRecognisers, kRecognisers["deepgram nova"], kRecognisers.sarvam),
  ...adapters("llm", { openai, gemini, brain }, openai, gemini),
  ...adapters("tts", kVoices, kVoices["elevenlabs ws"], kVoices["sarvam ws"]),
  // The same vendor again: its rule then holds one time only.
  ...adapters(
    "sts",
    { "openai realtime": { provider: "openai", model: "gpt-realtime", voice: "marin" } },
    { provider: "another" },
    { provider: "another" },
  ).map((one) => ({ ...one, fallback: { provider: "openai", model: "gpt-realtime-mini", voice: "marin" } })),
];

/** When each fault is tried; the first phase is the one of the quick run. */
export const kPhases: Record<Fault, Phase[]> = {
  bad_key: ["connect", "first"],
  no_credit: ["connect", "first", "middle"],
  rate_limit: ["connect", "first", "middle"],
  unknown_model: ["connect", "first"],
  region: ["connect", "first"],
  bad_request: ["connect", "first"],
  overload: ["connect", "first", "middle"],
  server_error: ["first", "connect", "middle"],
  timeout: ["connect"],
  never_first_piece: ["first"],
  slow_drip: ["middle"],
  break: ["middle", "connect", "first", "end"],
  half_open: ["middle", "connect", "first", "end"],
  close_early: ["middle", "connect", "first", "end"],
  invalid_json: ["middle", "first", "end"],
  wrong_types: ["middle", "first", "end"],
  invalid_utf8: ["middle", "first", "end"],
  split_utf8: ["first"],
  endless: ["middle", "first"],
  odd_byte: ["first"],
  wav_header: ["first"],
  text_for_binary: ["first", "middle"],
  answer_twice: ["middle"],
  garbage: ["middle", "connect", "first", "end"],
};

/** Faults of sound need sound that the vendor sends. */
export function makesSense(part: Part, fault: Fault): boolean {
  return part === "tts" || part === "sts" || (fault !== "odd_byte" && fault !== "wav_header");
}

export function adaptersOf(part: Part): Adapter[] {
  return kAdapters.filter((adapter) => adapter.part === part);
}
