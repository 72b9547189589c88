// What is measured: each adapter for the server's own time, and the usual mixes for the length of a turn.
import { kPlans, type Latency } from "../../emulators/core/rules.js";
import type { Part } from "../../emulators/core/types.js";
import type { AgentFile } from "../support/agent_server.js";
import { kModels, kRecognisers, kVoices, type ModelName, type RecogniserName, type VoiceName } from "../support/choices.js";

// Two words, and an answer of two: the calls are short.
export const kPhrase = "thank you";
export const kAnswerWords = 2;
export const kEndpointingMs = 600;

export interface Mix {
  name: string;
  stt?: RecogniserName;
  llm?: ModelName;
  tts?: VoiceName;
}

const kRealtime = { provider: "openai", model: "gpt-realtime-2", voice: "marin" };

export function agentOf(mix: Mix): AgentFile {
  const vendors =
    mix.stt === undefined
      ? { kind: "realtime" as const, sts: kRealtime, tts: { provider: "local" } }
      : { stt: kRecognisers[mix.stt], llm: kModels[mix.llm!], tts: kVoices[mix.tts!] };
  return {
    ...vendors,
    first_message: "",
    turn_taking: { endpointing: `${kEndpointingMs}ms` },
    recording: { enabled: false },
    caching: { speech: false },
  };
}

const mixes = (...rows: [RecogniserName, ModelName, VoiceName][]): Mix[] => [
  ...rows.map(([stt, llm, tts]) => ({ name: `${stt} + ${llm} + ${tts}`, stt, llm, tts })),
  { name: "openai realtime" },
];

/** Every recogniser, model and voice at least once. */
export const kAllAdapters = mixes(
  ["deepgram nova", "openai", "elevenlabs ws"],
  ["sarvam", "gemini", "sarvam ws"],
  ["openai", "brain", "openai"],
  ["deepgram flux", "ollama", "deepgram ws"],
  ["sarvam realtime", "gemini", "sarvam http"],
  ["deepgram nova", "openai", "elevenlabs http"],
  ["deepgram nova", "openai", "deepgram http"],
);

export const kUsualMixes = mixes(
  ["deepgram nova", "openai", "elevenlabs ws"],
  ["sarvam", "gemini", "sarvam ws"],
  ["openai", "openai", "openai"],
);

/** What the emulators wait for in a turn, before the answer's first sound. */
export function injected(mix: Mix): { part: Part; ms: number }[] {
  const of = (vendor: string, part: Part): Partial<Latency> => kPlans["published"]![vendor]?.[part] ?? {};
  if (mix.stt === undefined) return [{ part: "sts", ms: of("openai", "sts").latency_ms ?? 0 }];
  const model = of(kModels[mix.llm!].provider, "llm");
  return [
    { part: "stt", ms: of(kRecognisers[mix.stt].provider, "stt").latency_ms ?? 0 },
    { part: "llm", ms: (model.latency_ms ?? 0) + (kAnswerWords - 1) * (model.piece_ms ?? 0) },
    { part: "tts", ms: of(kVoices[mix.tts!].provider, "tts").latency_ms ?? 0 },
  ];
}
