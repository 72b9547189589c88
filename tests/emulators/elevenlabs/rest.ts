// ElevenLabs over HTTP: POST /v1/text-to-speech/{voice}, whole or streamed, with or without the times of characters.
import { chunks } from "../core/audio.js";
import type { Core, HttpExchange } from "../core/types.js";
import { invalid, isWrong, tooLong } from "./errors.js";
import { alignment, bytesOf, cost, kModels, speedOf, spoken, voiceOptions } from "./options.js";

const kPieceMs = 100;
const kTypes = { linear16: "audio/pcm", mulaw: "audio/basic", alaw: "audio/alaw" };

export async function textToSpeech(core: Core, exchange: HttpExchange, voice: string, how: string): Promise<void> {
  const body = exchange.json();
  if (typeof body !== "object" || body === null) return exchange.refuse("bad_request", invalid("body", "JSON decode error"));
  const { text, model_id: model, language_code: language, voice_settings: settings } = body as Record<string, unknown>;
  if (typeof text !== "string") return exchange.refuse("bad_request", invalid("body.text", "Field required"));
  const options = voiceOptions(voice, exchange.query, { model, language });
  if (isWrong(options)) return exchange.refuse(options.fault, options);
  const speed = speedOf(settings);
  if (typeof speed !== "number") return exchange.refuse(speed.fault, speed);
  if (text === "") {
    return exchange.refuse("bad_request", { code: "input_text_empty", message: "Input text cannot be empty" });
  }
  const limit = kModels[options.model]!;
  if (text.length > limit) return exchange.refuse("bad_request", tooLong(limit));

  const { bytes, ms } = await spoken(core, text, options, speed);
  const headers = {
    "character-cost": String(cost(options.model, text.length)),
    "current-concurrent-requests": "1",
    "maximum-concurrent-requests": "10",
  };
  if (how === "with-timestamps") {
    return exchange.reply(200, { audio_base64: bytes.toString("base64"), ...times(text, ms) }, headers);
  }
  const timed = how === "stream/with-timestamps";
  const type = timed ? "application/json" : kTypes[options.format.encoding];
  const answer = await exchange.stream(200, { "content-type": type, ...headers });
  // The whole form comes in pieces as well: it is a chunked body all the same.
  for (const [i, piece] of chunks(bytes, bytesOf(kPieceMs, options.format)).entries()) {
    const wrap = (audio: Buffer) => ({
      json: { audio_base64: audio.toString("base64"), ...(i === 0 ? times(text, ms) : { alignment: null, normalized_alignment: null }) },
      frame: (line: string) => `${line}\n`,
    });
    const { rate } = options.format;
    if (!(await answer.piece(timed ? { audio: piece, wrap, rate } : { binary: piece, rate }))) break;
  }
  await answer.end();
}

function times(text: string, ms: number): object {
  const { chars, charStartTimesMs, charDurationsMs } = alignment(text, ms);
  const starts = charStartTimesMs.map((start) => start / 1000);
  const ends = charStartTimesMs.map((start, i) => (start + charDurationsMs[i]!) / 1000);
  const one = { characters: chars, character_start_times_seconds: starts, character_end_times_seconds: ends };
  return { alignment: one, normalized_alignment: one };
}
