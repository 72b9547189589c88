// The vendors of the matrix, as agent files name them.
export interface Choice {
  provider: string;
  model?: string;
  voice?: string;
  options?: Record<string, string>;
  fallbacks?: Omit<Choice, "fallbacks">[];
}

export const kRecognisers = {
  "deepgram nova": { provider: "deepgram", model: "nova-3" },
  "deepgram flux": { provider: "deepgram", model: "flux-general-en" },
  sarvam: { provider: "sarvam", model: "saarika:v2.5" },
  "sarvam realtime": { provider: "sarvam", model: "saaras:v4" },
  openai: { provider: "openai", model: "gpt-4o-transcribe" },
} satisfies Record<string, Choice>;

export const kModels = {
  openai: { provider: "openai", model: "gpt-5.4-mini" },
  gemini: { provider: "gemini", model: "gemini-3.5-flash" },
  brain: { provider: "brain", model: "receptionist" },
  ollama: { provider: "ollama", model: "llama3.2" },
} satisfies Record<string, Choice>;

const kEleven = { provider: "elevenlabs", model: "eleven_flash_v2_5", voice: "21m00Tcm4TlvDq8ikWAM" };
const kBulbul = { provider: "sarvam", model: "bulbul:v2", voice: "anushka" };
const kAura = { provider: "deepgram", model: "aura-2-thalia-en" };
export const kVoices = {
  "elevenlabs ws": { ...kEleven, options: { transport: "websocket" } },
  "elevenlabs http": { ...kEleven, options: { transport: "http" } },
  "sarvam ws": { ...kBulbul, options: { transport: "websocket" } },
  "sarvam http": { ...kBulbul, options: { transport: "http" } },
  openai: { provider: "openai", model: "gpt-4o-mini-tts", voice: "alloy" },
  "deepgram ws": { ...kAura, options: { transport: "websocket" } },
  "deepgram http": { ...kAura, options: { transport: "http" } },
} satisfies Record<string, Choice>;

export type RecogniserName = keyof typeof kRecognisers;
export type ModelName = keyof typeof kModels;
export type VoiceName = keyof typeof kVoices;
export interface Combination {
  stt: RecogniserName;
  llm: ModelName;
  tts: VoiceName;
}

const names = <Key extends string>(table: Record<Key, unknown>) => Object.keys(table) as Key[];

export function allCombinations(): Combination[] {
  return names(kRecognisers).flatMap((stt) => names(kModels).flatMap((llm) => names(kVoices).map((tts) => ({ stt, llm, tts }))));
}

/** Every pair of vendors at least once: as many as there are pairs of recogniser and voice. */
export function pairwiseCombinations(): Combination[] {
  const models = names(kModels);
  return names(kRecognisers).flatMap((stt, i) => names(kVoices).map((tts, j) => ({ stt, llm: models[(i + j) % models.length]!, tts })));
}
