// What every way to ElevenLabs' voices has in common: model, voice and output format, and what is refused of them.
import { type Encoding, encode } from "../core/audio.js";
import type { Core } from "../core/types.js";
import { invalid, voiceNotFound, type Wrong } from "./errors.js";

export interface Format {
  encoding: Encoding;
  rate: number;
}

export interface VoiceOptions {
  model: string;
  language: string;
  format: Format;
}

/** Characters per request. */
export const kModels: Record<string, number> = {
  eleven_flash_v2_5: 40_000,
  eleven_flash_v2: 30_000,
  eleven_turbo_v2_5: 40_000,
  eleven_turbo_v2: 30_000,
  eleven_multilingual_v2: 10_000,
  eleven_v3: 5_000,
  eleven_monolingual_v1: 10_000,
  eleven_multilingual_v1: 10_000,
};

/** Credits: flash and turbo cost half. */
export function cost(model: string, characters: number): number {
  return /flash|turbo/.test(model) ? Math.ceil(characters / 2) : characters;
}

// The emulator has no MP3 or Opus encoder, so it refuses those formats although ElevenLabs does not.
function formatOf(text: string): Format | undefined {
  if (text === "ulaw_8000") return { encoding: "mulaw", rate: 8000 };
  if (text === "alaw_8000") return { encoding: "alaw", rate: 8000 };
  const rate = /^pcm_(8000|16000|22050|24000|32000|44100|48000)$/.exec(text)?.[1];
  return rate === undefined ? undefined : { encoding: "linear16", rate: Number(rate) };
}

export function voiceOptions(voice: string, query: URLSearchParams, asked: { model?: unknown; language?: unknown }): VoiceOptions | Wrong {
  // Voice ids are 20 letters and digits; one that begins with "missing" is not there, for tests.
  if (!/^[A-Za-z0-9]{2,64}$/.test(voice) || voice.startsWith("missing")) return voiceNotFound(voice);
  const model = asked.model ?? "eleven_multilingual_v2";
  if (typeof model !== "string") return invalid("body.model_id", "Input should be a valid string");
  if (!(model in kModels)) return { fault: "unknown_model", model };
  const language = asked.language ?? "en";
  if (typeof language !== "string" || !/^[a-z]{2}$/.test(language)) {
    return { fault: "bad_request", code: "unsupported_language", message: "The language_code is not an ISO 639-1 code." };
  }
  if (asked.language !== undefined && asked.language !== null && model === "eleven_multilingual_v2") {
    return {
      fault: "bad_request",
      code: "unsupported_language",
      message: "The model eleven_multilingual_v2 does not support the language_code parameter.",
    };
  }
  const wanted = query.get("output_format") ?? "mp3_44100_128";
  const format = formatOf(wanted);
  if (!format) {
    const known = /^(mp3|opus)_/.test(wanted);
    return known
      ? { fault: "bad_request", code: "output_format_not_allowed", message: `The emulator makes no ${wanted}; ask for pcm_* or ulaw_8000.` }
      : invalid("query.output_format", `Input should be one of the output formats, not '${wanted}'`);
  }
  return { model, language, format };
}

export interface Spoken {
  bytes: Buffer;
  ms: number;
}

export async function spoken(core: Core, text: string, { language, format }: VoiceOptions, speed = 1): Promise<Spoken> {
  const samples = await core.speak(text, { rate: format.rate, language, speed });
  return { bytes: encode(samples, format.encoding), ms: (samples.length * 1000) / format.rate };
}

/** Bytes of `ms` milliseconds. */
export function bytesOf(ms: number, { encoding, rate }: Format): number {
  return Math.round((ms * rate) / 1000) * (encoding === "linear16" ? 2 : 1);
}

export interface Alignment {
  chars: string[];
  charStartTimesMs: number[];
  charDurationsMs: number[];
}

/** Spread evenly over the sound. The wire says charDurationsMs where the documentation has charsDurationsMs. */
export function alignment(text: string, ms: number): Alignment {
  const chars = [...text];
  const each = ms / Math.max(1, chars.length);
  const starts = chars.map((_, i) => Math.round(i * each));
  return { chars, charStartTimesMs: starts, charDurationsMs: starts.map((start, i) => Math.round((i + 1) * each) - start) };
}

/** `speed` of voice_settings; 0.7 … 1.2. */
export function speedOf(settings: unknown): number | Wrong {
  const speed = (Object(settings ?? {}) as { speed?: unknown }).speed ?? 1;
  if (typeof speed === "number" && speed >= 0.7 && speed <= 1.2) return speed;
  return { fault: "bad_request", code: "invalid_voice_settings", message: "Invalid setting for speed received, expected 0.7 to 1.2." };
}
