// Sarvam's voices over HTTP: POST /text-to-speech (base64 in JSON) and /text-to-speech/stream (bytes).
import { chunks } from "../core/audio.js";
import type { Core, HttpExchange } from "../core/types.js";
import { badRequest, datedId, isWrong, unprocessable } from "./errors.js";
import { coded, longest, samplesOf, voiceOf, type Way } from "./voice.js";

const kTypes = { wav: "audio/wav", linear16: "audio/pcm", mulaw: "audio/basic", alaw: "audio/x-alaw-basic" };
const kPieceBytes = 4096;

export async function textToSpeech(core: Core, exchange: HttpExchange, way: Way): Promise<void> {
  const body = exchange.json();
  if (typeof body !== "object" || body === null) {
    const problem = unprocessable("body : JSON decode error");
    return exchange.refuse(problem.fault, problem);
  }
  const asked = body as Record<string, unknown>;
  const model = asked["model"] ?? "bulbul:v3";
  const voice = voiceOf(asked, String(model), way);
  if (isWrong(voice)) return exchange.refuse(voice.fault, voice);
  // `inputs` is the form of bulbul:v1, with one audio per entry.
  const texts = asked["text"] !== undefined ? [asked["text"]] : asked["inputs"];
  if (!Array.isArray(texts) || texts.length === 0 || !texts.every((text): text is string => typeof text === "string")) {
    const problem = unprocessable("body.text : Field required");
    return exchange.refuse(problem.fault, problem);
  }
  const limit = asked["text"] !== undefined ? longest(voice.model, way) : 500;
  if (texts.length > 3 || texts.some((text) => text.length > limit)) {
    const problem = badRequest(`Input text exceeds the maximum length of ${limit} characters`);
    return exchange.refuse(problem.fault, problem);
  }
  if (texts.some((text) => text.trim() === "")) {
    const problem = badRequest("Input text must not be empty");
    return exchange.refuse(problem.fault, problem);
  }
  const sounds = await Promise.all(texts.map(async (text) => coded(await samplesOf(core, text, voice), voice)));
  if (way === "rest") {
    const audios = sounds.map((sound) => sound.toString("base64"));
    return exchange.reply(200, { request_id: datedId(exchange.requestId), audios });
  }
  const answer = await exchange.stream(200, { "content-type": kTypes[voice.codec] });
  for (const piece of chunks(Buffer.concat(sounds), kPieceBytes)) if (!(await answer.piece({ binary: piece, rate: voice.rate }))) break;
  await answer.end();
}
