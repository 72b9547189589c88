// Deepgram for recordings, POST /v1/listen: sound in the body, the whole transcript in the answer.
import { createHash } from "node:crypto";
import { decode } from "../core/audio.js";
import type { Core, HttpExchange } from "../core/types.js";
import { badRequest, invalidJson, isWrong, type Wrong } from "./errors.js";
import { decodable, listenOptions, type ListenOptions } from "./options.js";
import { modelInfo, tokensOf, type Word, wordsOf, written } from "./words.js";

interface Sound {
  rate: number;
  channels: Int16Array[];
}

interface Utterance {
  start: number; // seconds
  end: number;
  confidence: number;
  channel: number;
  transcript: string;
  words: Word[];
  id: string;
}

const kNoSound: Wrong = badRequest("failed to process audio: corrupt or unsupported data");

export async function prerecorded(core: Core, exchange: HttpExchange): Promise<void> {
  const options = listenOptions(exchange.query, false);
  if (isWrong(options)) return exchange.refuse(options.fault, options);
  const sound = soundOf(exchange, options);
  if (isWrong(sound)) return exchange.refuse(sound.fault, sound);
  const wanted = options.multichannel ? sound.channels : [mix(sound.channels)];
  const heard = await Promise.all(wanted.map((samples, channel) => utterances(core, samples, sound.rate, channel, options)));
  const seconds = sound.channels[0]!.length / sound.rate;
  const model = modelInfo(core, options.model);
  await exchange.reply(200, {
    metadata: {
      transaction_key: "deprecated",
      request_id: exchange.requestId,
      sha256: createHash("sha256").update(exchange.body).digest("hex"),
      created: new Date().toISOString(),
      duration: seconds,
      channels: wanted.length,
      models: [model.uuid],
      model_info: { [model.uuid]: model.info },
    },
    results: {
      channels: heard.map((list) => channelOf(list, exchange.query)),
      ...(exchange.query.get("utterances") === "true" ? { utterances: heard.flat().sort((a, b) => a.start - b.start) } : {}),
    },
  });
}

function channelOf(list: Utterance[], query: URLSearchParams): unknown {
  const transcript = list.map((one) => one.transcript).join(" ");
  const paragraphs = list.map(({ transcript: text, start, end, words }) => ({
    sentences: [{ text, start, end }],
    num_words: words.length,
    start,
    end,
  }));
  const alternative = {
    transcript,
    confidence: transcript === "" ? 0 : 0.98,
    words: list.flatMap((one) => one.words),
    ...(query.get("paragraphs") === "true" ? { paragraphs: { transcript: `\n${transcript}`, paragraphs } } : {}),
  };
  return { ...(query.get("detect_language") === "true" ? { detected_language: "en" } : {}), alternatives: [alternative] };
}

function soundOf(exchange: HttpExchange, options: ListenOptions): Sound | Wrong {
  const type = String(exchange.headers["content-type"] ?? "");
  if (type.startsWith("application/json")) {
    const body = exchange.json();
    if (body === undefined) return invalidJson("expected value at line 1 column 1");
    // The emulator fetches nothing from anywhere.
    return badRequest("The remote server hosting the media could not be reached.");
  }
  if (exchange.body.length === 0) return badRequest("failed to process audio: no data");
  if (options.encoding !== undefined) {
    if (!decodable(options.encoding)) return kNoSound;
    return split(decode(exchange.body, options.encoding), options.channels, options.rate);
  }
  return wavChannels(exchange.body) ?? kNoSound;
}

function split(samples: Int16Array, channels: number, rate: number): Sound {
  const each = Array.from({ length: channels }, (_, channel) => samples.filter((_sample, i) => i % channels === channel));
  return { rate, channels: each };
}

function mix(channels: Int16Array[]): Int16Array {
  return channels[0]!.map((_, i) => channels.reduce((sum, channel) => sum + channel[i]!, 0) / channels.length);
}

function wavChannels(file: Buffer): Sound | undefined {
  if (file.length < 12 || file.toString("latin1", 0, 4) !== "RIFF") return undefined;
  let format: { code: number; channels: number; rate: number } | undefined;
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString("latin1", at, at + 4);
    const declared = file.readUInt32LE(at + 4);
    const size = Math.min(declared, file.length - at - 8);
    if (name === "fmt " && size >= 16) {
      format = { code: file.readUInt16LE(at + 8), channels: file.readUInt16LE(at + 10), rate: file.readUInt32LE(at + 12) };
    } else if (name === "data" && format && format.channels > 0 && format.rate > 0) {
      const encoding = format.code === 7 ? "mulaw" : format.code === 6 ? "alaw" : "linear16";
      return split(decode(file.subarray(at + 8, at + 8 + size), encoding), format.channels, format.rate);
    }
    at += 8 + size + (size & 1);
  }
  return undefined;
}

async function utterances(core: Core, samples: Int16Array, rate: number, channel: number, options: ListenOptions): Promise<Utterance[]> {
  const spoken: { samples: Int16Array; from: number; to: number }[] = [];
  const segmenter = core.segmenter({ rate, silence_ms: 800 }, { onEnd: (sound, from, to) => spoken.push({ samples: sound, from, to }) });
  segmenter.push(samples);
  segmenter.flush();
  const texts = await Promise.all(spoken.map((one) => core.recognise(one.samples, rate)));
  const tokens = texts.map((text) => tokensOf(text, options.punctuate));
  return spoken
    .map(({ from, to }, i) => ({
      start: from / 1000,
      end: to / 1000,
      confidence: 0.98,
      channel,
      transcript: written(tokens[i]!),
      words: wordsOf(tokens[i]!, { from, to }, options.punctuate),
      id: core.uuid(),
    }))
    .filter((one) => one.transcript !== "");
}
