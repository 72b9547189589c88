// Sarvam for recordings: POST /speech-to-text and /speech-to-text-translate, at most 30 seconds.
import { decode, readWav } from "../core/audio.js";
import type { Core, HttpExchange } from "../core/types.js";
import { badRequest, datedId, isWrong, notFound, tooLarge, unprocessable, type Wrong } from "./errors.js";
import { detected, languageProblem } from "./languages.js";

const kMaxSeconds = 30;
const kModels = ["saarika:v2.5", "saaras:v3", "saaras:v4"];
const kModes = ["transcribe", "translate", "verbatim", "translit", "codemix"];

export async function speechToText(core: Core, exchange: HttpExchange): Promise<void> {
  const translate = exchange.path === "/speech-to-text-translate";
  if (!translate && exchange.path !== "/speech-to-text") return exchange.refuse(notFound.fault, notFound);
  const parts = exchange.multipart();
  const field = (name: string): string | undefined => parts.find((part) => part.name === name)?.data.toString();
  const file = parts.find((part) => part.name === "file");
  if (!file) return exchange.refuse("bad_request", unprocessable("body.file : Field required"));
  const model = field("model") ?? (translate ? "saaras:v2.5" : "saaras:v3");
  if (!(translate ? ["saaras:v2.5"] : kModels).includes(model)) return exchange.refuse("unknown_model", { model });
  const mode = field("mode");
  if (mode !== undefined && (model.startsWith("saarika") || !kModes.includes(mode))) {
    const problem = badRequest(`mode '${mode}' is not supported by ${model}`);
    return exchange.refuse(problem.fault, problem);
  }
  const language = field("language_code") ?? "unknown";
  const problem = languageProblem(language, model, false);
  if (problem) return exchange.refuse(problem.fault, problem);
  const sound = soundOf(file.data, field("input_audio_codec"));
  if (isWrong(sound)) return exchange.refuse(sound.fault, sound);
  const text = await heard(core, sound.samples, sound.rate);
  const seconds = sound.samples.length / sound.rate;
  const timed = field("with_timestamps") === "true" && text !== "";
  await exchange.reply(200, {
    request_id: datedId(exchange.requestId),
    transcript: text,
    timestamps: timed ? { words: [text], start_time_seconds: [0], end_time_seconds: [seconds] } : null,
    diarized_transcript: null,
    ...detected(text, language),
  });
}

function soundOf(data: Buffer, codec: string | undefined): { samples: Int16Array; rate: number } | Wrong {
  const raw = codec !== undefined && ["pcm_s16le", "pcm_l16", "pcm_raw"].includes(codec);
  const sound = raw ? { samples: decode(data, "linear16"), rate: 16_000 } : readWav(data);
  if (!sound) return badRequest("Failed to read the file, please check the audio format.");
  if (sound.samples.length / sound.rate > kMaxSeconds) {
    return tooLarge(`Audio duration exceeds the maximum limit of ${kMaxSeconds} seconds. Please use the batch API.`);
  }
  return sound;
}

async function heard(core: Core, samples: Int16Array, rate: number): Promise<string> {
  const spoken: Int16Array[] = [];
  const segmenter = core.segmenter({ rate, silence_ms: 700 }, { onEnd: (sound) => spoken.push(sound) });
  segmenter.push(samples);
  segmenter.flush();
  const texts = await Promise.all(spoken.map((one) => core.recognise(one, rate)));
  return texts.filter((text) => text !== "").join(" ");
}
