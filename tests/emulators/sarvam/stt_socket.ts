// Sarvam's older streaming recogniser, /speech-to-text/ws (and …-translate/ws): no partials, one result per utterance.
import { decode, readWav } from "../core/audio.js";
import { Serial } from "../core/serial.js";
import type { Answer, Core, Segmenter, WsExchange, WsSession } from "../core/types.js";
import { datedId } from "./errors.js";
import { detected, languageProblem } from "./languages.js";
import { protocolOf } from "./sub_protocol.js";

const kIdleMs = 20_000;
const kModels = ["saarika:v2.5", "saaras:v3", "saaras:v4"];
const kCodecs = ["wav", "pcm_s16le", "pcm_l16", "pcm_raw"];

export interface SttSocketOptions {
  language: string;
  rate: number;
  sensitive: boolean;
  vadSignals: boolean;
  flushSignal: boolean;
}

export async function sttSocket(core: Core, exchange: WsExchange): Promise<void> {
  const { query } = exchange;
  const translate = exchange.path === "/speech-to-text-translate/ws";
  const model = query.get("model") ?? (translate ? "saaras:v2.5" : "saaras:v3");
  if (!(translate ? ["saaras:v2.5"] : kModels).includes(model)) return exchange.refuse("unknown_model", { model });
  // With an underscore it is not seen, as by the vendor.
  const language = query.get("language-code") ?? (translate ? "unknown" : undefined);
  if (language === undefined) return exchange.refuse("bad_request", { message: "language-code is required" });
  const problem = languageProblem(language, model, false);
  if (problem) return exchange.refuse(problem.fault, problem);
  const rate = Number(query.get("sample_rate") ?? 16_000);
  if (rate !== 8000 && rate !== 16_000) return exchange.refuse("bad_request", { message: "sample_rate must be 8000 or 16000" });
  const codec = query.get("input_audio_codec") ?? "wav";
  if (!kCodecs.includes(codec)) return exchange.refuse("bad_request", { message: `input_audio_codec '${codec}' is not supported` });
  const session = await exchange.accept(protocolOf(exchange));
  const flag = (name: string): boolean => query.get(name)?.toLowerCase() === "true";
  new SttSocket(core, session, exchange.requestId, {
    language,
    rate,
    sensitive: flag("high_vad_sensitivity"),
    vadSignals: flag("vad_signals"),
    flushSignal: flag("flush_signal"),
  });
}

class SttSocket {
  private readonly line: Serial;
  private readonly segmenter: Segmenter;
  private answer: Answer | undefined;
  private idle: NodeJS.Timeout | undefined;

  constructor(
    private readonly core: Core,
    private readonly session: WsSession,
    private readonly requestId: string,
    private readonly options: SttSocketOptions,
  ) {
    this.line = new Serial(() => session.fail("server_error"));
    this.segmenter = core.segmenter(
      { rate: options.rate, silence_ms: options.sensitive ? 300 : 600 },
      { onStart: () => this.started(), onEnd: (samples, from, to) => this.ended(samples, (to - from) / 1000) },
    );
    session.onMessage = (data) => this.onMessage(data);
    session.onClose = () => clearTimeout(this.idle);
    this.alive();
  }

  // How it closes is not known; a clean close is the harder case for a client.
  private alive(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.session.close(1000, "idle"), kIdleMs);
  }

  private onMessage(data: string | Buffer): void {
    let message: { type?: unknown; audio?: { data?: unknown; sample_rate?: unknown } };
    try {
      message = Object(JSON.parse(String(data))) as typeof message;
    } catch {
      return this.session.fail("bad_request", { message: "The message is no JSON." });
    }
    if (message.type === "config") return;
    if (message.type === "flush") {
      if (this.options.flushSignal) this.segmenter.flush();
      return;
    }
    const audio = message.audio;
    if (typeof audio?.data !== "string") return this.session.fail("bad_request", { message: "audio.data is required" });
    const rate = Number(audio.sample_rate ?? 16_000);
    if (rate !== 8000 && rate !== 16_000) return this.session.fail("bad_request", { message: "sample_rate must be 8000 or 16000" });
    this.alive();
    const bytes = Buffer.from(audio.data, "base64");
    // Integrators send raw sound under any name, so only a header tells.
    const samples = readWav(bytes)?.samples ?? decode(bytes, "linear16");
    this.segmenter.push(samples);
  }

  private started(): void {
    const answer = this.session.answer();
    this.answer = answer;
    void this.line.run(() => this.vad(answer, "START_SPEECH"));
  }

  private ended(samples: Int16Array, seconds: number): void {
    const answer = this.answer ?? this.session.answer();
    this.answer = undefined;
    const began = Date.now();
    void this.line.run(async () => {
      await this.vad(answer, "END_SPEECH");
      const transcript = await this.core.recognise(samples, this.options.rate);
      const latency = (Date.now() - began) / 1000;
      await answer.last({
        json: {
          type: "data",
          data: {
            request_id: datedId(this.requestId),
            transcript,
            timestamps: null,
            diarized_transcript: null,
            ...detected(transcript, this.options.language),
            metrics: { audio_duration: seconds, processing_latency: latency },
          },
        },
      });
      await answer.end();
    });
  }

  private async vad(answer: Answer, signal: string): Promise<void> {
    if (!this.options.vadSignals) return;
    const now = Date.now();
    // "occured_at" is how the vendor spells it.
    const data = { event_type: "vad", timestamp: new Date(now).toISOString(), signal_type: signal, occured_at: now / 1000 };
    await answer.note({ json: { type: "events", data } });
  }
}
