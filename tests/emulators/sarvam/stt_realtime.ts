// Sarvam's newer streaming recogniser, /speech-to-text-realtime/ws: partials, messages keyed by `event`.
import { decode, joinSamples, type Encoding } from "../core/audio.js";
import { Serial } from "../core/serial.js";
import type { Answer, Core, Segmenter, WsExchange, WsSession } from "../core/types.js";
import { badRequest, datedId, isWrong, type Wrong } from "./errors.js";
import { detected } from "./languages.js";

const kIdleMs = 60_000;
const kConfig = ["language_code", "prompt", "mode", "stream_type", "endpointing", "threshold", "silence_duration_ms", "min_speech_duration_ms"];

interface Config {
  model: string;
  language: string;
  encoding: Encoding;
  rate: number;
  manual: boolean;
  simulated: boolean; // no partials
  silenceMs: number;
  minSpeechMs: number;
}

function configOf(query: URLSearchParams): Config | Wrong {
  const model = query.get("model") ?? "saaras:v3-realtime";
  if (model !== "saaras:v3-realtime" && model !== "saaras:v4") return { fault: "unknown_model", model };
  const language = query.get("language_code") ?? "auto";
  // Odia is or-IN here, not od-IN as elsewhere.
  if (language !== "auto" && !/^(hi|bn|kn|ml|mr|or|pa|ta|te|en|gu|as|ur|ne|kok|ks|sd|sa|sat|mni|brx|mai|doi)-IN$/.test(language)) {
    return badRequest(`language_code '${language}' is not supported`);
  }
  const encoding = query.get("encoding") ?? "linear16";
  if (encoding !== "linear16" && encoding !== "mulaw" && encoding !== "alaw") return badRequest(`encoding '${encoding}' is not supported`);
  const rate = Number(query.get("sample_rate") ?? 16_000);
  if (rate !== 8000 && rate !== 16_000) return badRequest("sample_rate must be 8000 or 16000");
  const endpointing = query.get("endpointing") ?? "vad";
  const stream = query.get("stream_type") ?? "balanced";
  if (!["vad", "manual"].includes(endpointing)) return badRequest(`endpointing '${endpointing}' is not supported`);
  if (!["fast", "balanced", "simulated"].includes(stream)) return badRequest(`stream_type '${stream}' is not supported`);
  return {
    model,
    language,
    encoding,
    rate,
    manual: endpointing === "manual",
    simulated: stream === "simulated",
    silenceMs: Number(query.get("silence_duration_ms") ?? 500) || 500,
    minSpeechMs: Number(query.get("min_speech_duration_ms") ?? 100) || 100,
  };
}

export async function sttRealtime(core: Core, exchange: WsExchange): Promise<void> {
  const config = configOf(exchange.query);
  if (isWrong(config)) return exchange.refuse(config.fault, config);
  const session = await exchange.accept();
  new RealtimeSession(core, session, exchange.requestId, config);
}

class RealtimeSession {
  private readonly line: Serial;
  private segmenter: Segmenter;
  private answer: Answer | undefined;
  private byHand: Int16Array[] | undefined; // between speech_start and speech_end
  private idle: NodeJS.Timeout | undefined;
  private readonly began = Date.now();
  private samples = 0;
  private utterances = 0;
  private partialRunning = false;
  private over = false;

  constructor(
    private readonly core: Core,
    private readonly session: WsSession,
    private readonly requestId: string,
    private readonly config: Config,
  ) {
    this.line = new Serial(() => session.fail("server_error"));
    this.segmenter = this.newSegmenter();
    session.onMessage = (data) => this.onMessage(data);
    session.onClose = () => {
      this.over = true;
      clearTimeout(this.idle);
    };
    const { model, language, encoding, rate, manual, silenceMs, minSpeechMs } = config;
    session.send({
      json: {
        event: "session.begin",
        request_id: datedId(requestId),
        config: {
          model,
          language_code: language,
          encoding,
          sample_rate: rate,
          turn_detection: manual ? "manual" : "vad",
          silence_duration_ms: silenceMs,
          min_speech_duration_ms: minSpeechMs,
        },
      },
    });
    this.alive();
  }

  private alive(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.session.close(1008, "idle timeout"), kIdleMs);
  }

  private newSegmenter(): Segmenter {
    const { rate, silenceMs, minSpeechMs } = this.config;
    return this.core.segmenter(
      { rate, silence_ms: Math.max(silenceMs, 200), min_speech_ms: minSpeechMs },
      {
        onStart: () => this.started(),
        onPartial: (samples) => this.partial(samples),
        onEnd: (samples, from, to) => this.ended(samples, from, to),
      },
    );
  }

  private onMessage(data: string | Buffer): void {
    if (this.over) return;
    this.alive();
    let message: Record<string, unknown>;
    try {
      message = Object(JSON.parse(String(data))) as Record<string, unknown>;
    } catch {
      return this.mistake("invalid_message", "The message is no JSON.");
    }
    switch (message["event"]) {
      case "audio_input":
        return this.onAudio(message["audio"]);
      case "speech_start":
        if (!this.config.manual) return this.mistake("invalid_message", "speech_start needs endpointing=manual.");
        this.byHand = [];
        return this.started();
      case "speech_end":
        if (!this.config.manual) return this.mistake("invalid_message", "speech_end needs endpointing=manual.");
        return this.endByHand();
      case "flush":
        if (this.config.manual) return this.endByHand();
        this.segmenter.flush();
        return;
      case "config.update":
        return this.update(message);
      case "ping":
        return this.session.send({ json: { event: "pong" } });
      case "end":
        return this.end();
      default:
        return this.mistake("invalid_message", "The event is not known.");
    }
  }

  private onAudio(audio: unknown): void {
    if (typeof audio !== "string") return this.mistake("invalid_audio", "audio is base64 text.");
    const samples = decode(Buffer.from(audio, "base64"), this.config.encoding);
    this.samples += samples.length;
    if (!this.config.manual) this.segmenter.push(samples);
    else this.byHand?.push(samples);
  }

  private update(message: Record<string, unknown>): void {
    const applied = kConfig.filter((name) => message[name] !== undefined);
    if (typeof message["language_code"] === "string") this.config.language = message["language_code"];
    if (message["endpointing"] === "vad" || message["endpointing"] === "manual") this.config.manual = message["endpointing"] === "manual";
    if (typeof message["silence_duration_ms"] === "number") this.config.silenceMs = message["silence_duration_ms"];
    if (typeof message["min_speech_duration_ms"] === "number") this.config.minSpeechMs = message["min_speech_duration_ms"];
    this.segmenter.flush();
    this.segmenter = this.newSegmenter();
    this.session.send({ json: { event: "config.updated", applied } });
  }

  private started(): void {
    const answer = this.session.answer();
    this.answer = answer;
    if (this.config.manual) return;
    const index = this.utterances;
    void this.line.run(async () => {
      await answer.note({ json: { event: "vad.speech_start", utterance_idx: index, confidence: 0.93 } });
    });
  }

  private partial(samples: Int16Array): void {
    const answer = this.answer;
    if (!answer || this.partialRunning || this.config.simulated) return;
    this.partialRunning = true;
    const index = this.utterances;
    void this.line.run(async () => {
      const text = await this.core.recognise(samples, this.config.rate);
      this.partialRunning = false;
      if (text !== "") await answer.early({ json: { event: "transcript.partial", utterance_idx: index, text } });
    });
  }

  private endByHand(): void {
    if (!this.byHand) return;
    const samples = joinSamples(this.byHand);
    this.byHand = undefined;
    const to = (this.samples * 1000) / this.config.rate;
    this.ended(samples, to - (samples.length * 1000) / this.config.rate, to);
  }

  private ended(samples: Int16Array, from: number, to: number): void {
    const answer = this.answer ?? this.session.answer();
    this.answer = undefined;
    const index = this.utterances++;
    void this.line.run(async () => {
      if (!this.config.manual) await answer.note({ json: { event: "vad.speech_end", utterance_idx: index, confidence: 0.91 } });
      const text = await this.core.recognise(samples, this.config.rate);
      const { language_code: language, language_probability: sure } = detected(text, this.config.language);
      const about = language === null ? {} : { language, ...(sure === null ? {} : { language_confidence: sure }) };
      const json = { event: "transcript.final", utterance_idx: index, text, ...about, start_s: from / 1000, end_s: to / 1000 };
      await answer.last({ json });
      await answer.end();
    });
  }

  private end(): void {
    this.segmenter.flush();
    this.endByHand();
    this.over = true;
    clearTimeout(this.idle);
    void this.line.run(() => {
      const json = {
        event: "session.end",
        request_id: datedId(this.requestId),
        total_duration_s: (Date.now() - this.began) / 1000,
        total_utterances: this.utterances,
        audio_duration_s: this.samples / this.config.rate,
      };
      this.session.send({ json });
      this.session.close(1000);
    });
  }

  // The session goes on.
  private mistake(code: string, message: string): void {
    this.session.send({ json: { event: "error", code, is_fatal: false, message, status_code: 400 } });
  }
}
