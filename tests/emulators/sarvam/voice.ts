// What all three ways to Sarvam's voices have in common: what a request must be like, and the sound of a text.
import { type Encoding, encode, wav } from "../core/audio.js";
import type { Core } from "../core/types.js";
import { badRequest, unprocessable, type Wrong } from "./errors.js";
import { languageProblem } from "./languages.js";

const kSpeakers: Record<string, string[]> = {
  v2: ["anushka", "manisha", "vidya", "arya", "abhilash", "karun", "hitesh"],
  v3: (
    "shubh aditya ritu priya neha rahul pooja rohan simran kavya amit dev ishita shreya ratan varun manan sumit roopa " +
    "kabir aayan ashutosh advait anand tanya tarun sunny mani gokul vijay shruti suhani mohit kavitha rehan soham rupali"
  ).split(" "),
};
const kCodecs = ["wav", "mp3", "linear16", "mulaw", "alaw", "opus", "flac", "aac"];

export interface Voice {
  model: string;
  language: string;
  rate: number;
  codec: "wav" | "linear16" | "mulaw" | "alaw";
  pace: number;
}

export type Way = "rest" | "stream" | "socket";

function number(value: unknown, low: number, high: number, fallback: number): number | undefined {
  if (value === undefined || value === null) return fallback;
  return typeof value === "number" && value >= low && value <= high ? value : undefined;
}

/** `asked` is the JSON of a request or of a socket's config. */
export function voiceOf(asked: Record<string, unknown>, model: string, way: Way): Voice | Wrong {
  const generation = model === "bulbul:v2" ? "v2" : model === "bulbul:v3" || model === "bulbul:v3-beta" ? "v3" : undefined;
  if (generation === undefined) return { fault: "unknown_model", model };
  const language = asked["language_code"] ?? asked["target_language_code"];
  if (typeof language !== "string") return unprocessable("body.target_language_code : Field required");
  const problem = languageProblem(language, model, true);
  if (problem) return problem;
  const speaker = asked["speaker"] ?? (generation === "v2" ? "anushka" : "shubh");
  if (typeof speaker !== "string" || !kSpeakers[generation]!.includes(speaker)) {
    return badRequest(`Speaker '${String(speaker)}' is not compatible with model ${model}. Available speakers: ${kSpeakers[generation]!.join(", ")}`);
  }
  // The SDK fills these in on a socket, whatever the model.
  if (generation === "v3" && way !== "socket") {
    for (const name of ["pitch", "loudness"]) {
      if (asked[name] !== undefined && asked[name] !== null) return badRequest(`${name} is not supported by ${model}`);
    }
  }
  const pace = generation === "v2" ? number(asked["pace"], 0.3, 3, 1) : number(asked["pace"], 0.5, 2, 1);
  if (pace === undefined) return unprocessable("body.pace : the value is out of range");
  if (number(asked["pitch"], -0.75, 0.75, 0) === undefined) return unprocessable("body.pitch : the value is out of range");
  if (number(asked["loudness"], 0.3, 3, 1) === undefined) return unprocessable("body.loudness : the value is out of range");
  if (number(asked["temperature"], 0.01, 2, 0.6) === undefined) return unprocessable("body.temperature : the value is out of range");
  const rate = Number(asked["speech_sample_rate"] ?? (generation === "v2" ? 22_050 : 24_000));
  const rates = [8000, 16_000, 22_050, 24_000, ...(generation === "v3" && way === "rest" ? [32_000, 44_100, 48_000] : [])];
  if (!rates.includes(rate)) return badRequest(`speech_sample_rate must be one of ${rates.join(", ")}`);
  const codec = asked["output_audio_codec"] ?? (way === "rest" ? "wav" : "mp3");
  if (typeof codec !== "string" || !kCodecs.includes(codec)) return badRequest(`output_audio_codec must be one of ${kCodecs.join(", ")}`);
  // The emulator has no encoder for the rest.
  if (codec !== "wav" && codec !== "linear16" && codec !== "mulaw" && codec !== "alaw") {
    return badRequest(`The emulator makes no ${codec}; ask for wav, linear16, mulaw or alaw.`);
  }
  return { model, language, rate, codec, pace };
}

/** Characters of one request. */
export function longest(model: string, way: Way): number {
  if (way === "stream") return 3500;
  if (way === "socket") return 2500;
  return model === "bulbul:v2" ? 1500 : 2500;
}

export async function samplesOf(core: Core, text: string, voice: Voice): Promise<Int16Array> {
  return core.speak(text, { rate: voice.rate, language: voice.language, speed: voice.pace });
}

/** Without a header, except where the codec is WAV itself. */
export function coded(samples: Int16Array, voice: Voice): Buffer {
  return voice.codec === "wav" ? wav(samples, voice.rate) : encode(samples, voice.codec as Encoding);
}
