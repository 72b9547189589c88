// POST …/audio/speech and …/audio/transcriptions.
import { chunks, pcmBytes, readWav, wavHeader } from "../core/audio.js";
import type { Core, HttpExchange, Message } from "../core/types.js";
import { isUnknownModel } from "./chat.js";

const kRate = 24_000;
const kVoices = new Set("alloy ash ballad coral echo fable onyx nova sage shimmer verse marin cedar".split(" "));
// Odd on purpose: nobody promises whole samples.
const kPieceBytes = 4801;
const frame = (text: string) => `data: ${text}\n\n`;

export async function speech(core: Core, exchange: HttpExchange, flavour: string): Promise<void> {
  const body = exchange.json() as Record<string, unknown> | undefined;
  const { model = "", input, voice, response_format: format = "mp3", stream_format = "audio", speed } = body ?? {};
  if (isUnknownModel(String(model), flavour)) return exchange.refuse("unknown_model", { model: String(model) });
  if (typeof input !== "string" || input === "") {
    return exchange.refuse("bad_request", { message: "Missing required parameter: 'input'.", param: "input", code: "missing_required_parameter" });
  }
  if (input.length > 4096) {
    return exchange.refuse("bad_request", { message: "Invalid 'input': string too long. Expected a string with maximum length 4096.", param: "input", code: "string_above_max_length" });
  }
  if (typeof voice !== "object" && !kVoices.has(String(voice))) {
    return exchange.refuse("bad_request", { message: `Invalid value: '${String(voice)}'. Supported values are: ${[...kVoices].join(", ")}.`, param: "voice", code: "invalid_value" });
  }
  if (format !== "pcm" && format !== "wav") {
    return exchange.refuse("bad_request", { message: "This emulator makes pcm and wav.", param: "response_format", code: "invalid_value" });
  }
  const samples = await core.speak(input, { rate: kRate, speed: typeof speed === "number" ? speed : 1 });
  const head = format === "wav" ? [wavHeader(kRate, 0xffffffff - 36)] : []; // its length is not known while it streams
  const cut = chunks(Buffer.concat([...head, pcmBytes(samples)]), kPieceBytes);
  if (stream_format === "sse") {
    if (/^tts-1/.test(String(model))) return exchange.refuse("bad_request", { message: "sse is not supported with this model.", param: "stream_format" });
    const answer = await exchange.stream(200, { "content-type": "text/event-stream; charset=utf-8" });
    const wrap = (audio: Buffer): Message => ({ json: { type: "speech.audio.delta", audio: audio.toString("base64") }, frame });
    for (const audio of cut) if (!(await answer.piece({ audio, wrap }))) return;
    const input_tokens = Math.ceil(input.length / 4);
    const output_tokens = Math.ceil(samples.length / kRate / 0.05);
    const usage = { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
    if (await answer.last({ json: { type: "speech.audio.done", usage }, frame })) await answer.end();
    return;
  }
  const answer = await exchange.stream(200, { "content-type": format === "pcm" ? "audio/pcm" : "audio/wav" });
  for (const binary of cut) if (!(await answer.piece({ binary }))) return;
  await answer.end();
}

/** As people write it. */
export function written(text: string): string {
  return text === "" ? "" : `${text[0]!.toUpperCase()}${text.slice(1).replace(/\bi\b/g, "I")}.`;
}

/** A whole recording: its utterances one after another. */
export async function transcribe(core: Core, samples: Int16Array, rate: number): Promise<string> {
  const utterances: Int16Array[] = [];
  const segmenter = core.segmenter({ rate }, { onEnd: (sound) => utterances.push(sound) });
  segmenter.push(samples);
  segmenter.flush();
  const texts = await Promise.all(utterances.map((sound) => core.recognise(sound, rate)));
  return texts.filter((text) => text !== "").map(written).join(" ");
}

export async function transcriptions(core: Core, exchange: HttpExchange, flavour: string): Promise<void> {
  const parts = exchange.multipart();
  const field = (name: string) => parts.find((part) => part.name === name)?.data.toString() ?? "";
  const file = parts.find((part) => part.name === "file");
  const model = field("model");
  if (!file) return exchange.refuse("bad_request", { message: "Missing required parameter: 'file'.", param: "file", code: "missing_required_parameter" });
  if (isUnknownModel(model, flavour)) return exchange.refuse("unknown_model", { model });
  if (file.data.length > 25 << 20) {
    return exchange.refuse("bad_request", { message: "Maximum content size limit (26214400) exceeded.", code: "file_too_large" });
  }
  const sound = readWav(file.data);
  if (!sound || !/\.wav$/i.test(file.filename ?? "")) {
    return exchange.refuse("bad_request", { message: "Audio file might be corrupted or unsupported", param: "file", code: "invalid_value" });
  }
  const text = await transcribe(core, sound.samples, sound.rate);
  const seconds = Math.ceil(sound.samples.length / sound.rate);
  const isWhisper = model.startsWith("whisper");
  const tokens = { input: seconds * 10, output: Math.ceil(text.length / 4) };
  const usage = isWhisper
    ? { type: "duration", seconds }
    : {
        type: "tokens",
        input_tokens: tokens.input,
        input_token_details: { text_tokens: 0, audio_tokens: tokens.input },
        output_tokens: tokens.output,
        total_tokens: tokens.input + tokens.output,
      };
  if (field("stream") === "true" && !isWhisper) {
    const answer = await exchange.stream(200, { "content-type": "text/event-stream; charset=utf-8" });
    for (const delta of text.match(/\s*\S+/g) ?? []) {
      if (!(await answer.piece({ json: { type: "transcript.text.delta", delta }, frame }))) return;
    }
    if (await answer.last({ json: { type: "transcript.text.done", text, usage }, frame })) await answer.end();
    return;
  }
  const format = field("response_format") || "json";
  if (format === "text") {
    const answer = await exchange.stream(200, { "content-type": "text/plain; charset=utf-8" });
    if (await answer.piece({ text: `${text}\n` })) await answer.end();
    return;
  }
  if (format === "verbose_json" && isWhisper) {
    return exchange.reply(200, { task: "transcribe", language: "english", duration: sound.samples.length / sound.rate, text, segments: [], usage });
  }
  return exchange.reply(200, { text, usage });
}
