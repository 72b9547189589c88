// Deepgram live, /v1/listen: nova-2 and nova-3. Deepgram's own endpointing of 10 ms would cut the phrases that the
// emulator's grammar knows, so silence shorter than kLeastSilenceMs never ends an utterance here.
import { decode, readWav } from "../core/audio.js";
import { Serial } from "../core/serial.js";
import type { Answer, Core, Segmenter, WsExchange, WsSession } from "../core/types.js";
import { isWrong, kNoAudio, kNotDecodable } from "./errors.js";
import { decodable, listenOptions, type ListenOptions } from "./options.js";
import { modelInfo, type Span, type Token, tokensOf, wordsOf, written } from "./words.js";

const kLeastSilenceMs = 250;
const kIdleMs = 10_000;
const kSilentInterimMs = 1000;
// A longer utterance comes in two finals, of which only the second is speech_final.
const kWordsInOneFinal = 6;

export async function live(core: Core, exchange: WsExchange): Promise<void> {
  const options = listenOptions(exchange.query, true);
  if (isWrong(options)) return exchange.refuse(options.fault, options);
  const protocol = exchange.protocols.find((name) => name === "token" || name === "bearer");
  const session = await exchange.accept(protocol ? { protocol } : {});
  new LiveSession(core, session, options, exchange.requestId);
}

class LiveSession {
  private readonly line: Serial;
  private readonly model: ReturnType<typeof modelInfo>;
  private segmenter: Segmenter | undefined;
  private rate: number;
  private answer: Answer | undefined;
  private idle: NodeJS.Timeout | undefined;
  private heardSamples = 0;
  private finalToMs = 0; // everything before has a final result
  private silentInterimMs = 0;
  private lastWordEndMs: number | undefined; // of an utterance whose UtteranceEnd is still to come
  private fromFinalize = false;
  private partialRunning = false;
  private closing = false;

  constructor(
    private readonly core: Core,
    private readonly session: WsSession,
    private readonly options: ListenOptions,
    private readonly requestId: string,
  ) {
    this.model = modelInfo(core, options.model);
    this.rate = options.rate;
    this.line = new Serial(() => session.fail("server_error"));
    session.onMessage = (data) => (typeof data === "string" ? this.onText(data) : this.onAudio(data));
    session.onClose = () => {
      clearTimeout(this.idle);
      this.closing = true;
    };
    this.alive();
  }

  private alive(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      this.closing = true;
      this.session.send({ json: this.metadata() });
      this.session.close(1011, kNoAudio);
    }, kIdleMs);
  }

  private onText(text: string): void {
    if (this.closing) return;
    let type: unknown;
    try {
      type = (JSON.parse(text) as { type?: unknown } | null)?.type;
    } catch {
      type = undefined;
    }
    switch (type) {
      case "KeepAlive":
        return this.alive();
      case "Finalize":
        this.alive();
        return this.finalize();
      case "CloseStream":
        return this.finish();
      default:
        this.session.fail("bad_request", { message: "Could not deserialize last text message", code: "UNPARSABLE_CLIENT_MESSAGE" });
    }
  }

  private onAudio(data: Buffer): void {
    if (this.closing) return;
    if (data.length === 0) return this.finish();
    this.alive();
    const samples = this.decoded(data);
    if (!samples) {
      this.closing = true;
      this.session.send({ json: this.metadata() });
      this.session.close(1008, kNotDecodable);
      return;
    }
    this.segmenter ??= this.newSegmenter();
    this.heardSamples += samples.length;
    this.segmenter.push(samples);
    this.afterAudio();
  }

  // undefined: cannot be decoded.
  private decoded(data: Buffer): Int16Array | undefined {
    const { encoding, channels } = this.options;
    if (encoding === undefined) {
      // Without an encoding the stream must be a container; after its header the sound goes on raw.
      if (this.segmenter) return decode(data, "linear16");
      const file = readWav(data);
      if (!file) return undefined;
      this.rate = file.rate;
      return file.samples;
    }
    if (!decodable(encoding) || data.toString("latin1", 0, 4) === "RIFF") return undefined;
    const samples = decode(data, encoding);
    return channels > 1 ? samples.filter((_, i) => i % channels === 0) : samples;
  }

  private newSegmenter(): Segmenter {
    return this.core.segmenter(
      { rate: this.rate, silence_ms: Math.max(this.options.endpointingMs ?? 1000, kLeastSilenceMs) },
      {
        onStart: (at) => {
          this.answer = this.session.answer();
          this.lastWordEndMs = undefined;
          if (this.options.vadEvents) {
            const answer = this.answer;
            void this.line.run(async () => {
              await answer.note({ json: { type: "SpeechStarted", channel: [0, 1], timestamp: at / 1000 } });
            });
          }
        },
        onPartial: (samples, from, to) => this.partial(samples, { from, to }),
        onEnd: (samples, from, to) => this.final(samples, { from, to }),
      },
    );
  }

  private partial(samples: Int16Array, span: Span): void {
    const answer = this.answer;
    if (!answer || !this.options.interim || this.partialRunning) return;
    this.partialRunning = true;
    void this.line.run(async () => {
      const text = await this.core.recognise(samples, this.rate);
      this.partialRunning = false;
      const words = tokensOf(text, this.options.punctuate);
      await answer.early({ json: this.results(words, span, { final: false }) });
    });
  }

  private final(samples: Int16Array, span: Span): void {
    const answer = this.answer ?? this.session.answer();
    this.answer = undefined;
    const fromFinalize = this.fromFinalize;
    // Endpointing that is off ends no speech; only what was asked for comes.
    const speechFinal = !fromFinalize && this.options.endpointingMs !== undefined;
    const untilMs = fromFinalize ? this.heardMs() : this.segmenter!.position_ms;
    void this.line.run(async () => {
      const text = await this.core.recognise(samples, this.rate);
      const words = tokensOf(text, this.options.punctuate);
      let rest: Span = { from: this.finalToMs, to: untilMs, speech: span };
      if (words.length > kWordsInOneFinal) {
        const middle = words.length >> 1;
        const cut = Math.round(span.from + ((span.to - span.from) * middle) / words.length);
        const first: Span = { from: this.finalToMs, to: cut, speech: { from: span.from, to: cut } };
        await answer.piece({ json: this.results(words.slice(0, middle), first, { final: true }) });
        rest = { from: cut, to: untilMs, speech: { from: cut, to: span.to } };
        words.splice(0, middle);
      }
      this.finalToMs = untilMs;
      await answer.last({ json: this.results(words, rest, { final: true, speechFinal, fromFinalize }) });
      await answer.end();
      if (text !== "") this.lastWordEndMs = span.to;
      this.utteranceEnd();
    });
  }

  private heardMs(): number {
    return (this.heardSamples * 1000) / this.rate;
  }

  private finalize(): void {
    this.fromFinalize = true;
    const flushed = this.segmenter?.flush() ?? false;
    this.fromFinalize = false;
    if (flushed) return;
    const to = this.heardMs();
    void this.line.run(() => {
      // Deepgram promises no answer when it has hardly any sound that it has not answered yet.
      if (to - this.finalToMs < 100) return;
      const span = { from: this.finalToMs, to };
      this.finalToMs = to;
      this.session.send({ json: this.results([], span, { final: true, fromFinalize: true }) });
    });
  }

  private finish(): void {
    if (this.closing) return;
    clearTimeout(this.idle);
    this.segmenter?.flush();
    this.closing = true;
    void this.line.run(() => {
      this.session.send({ json: this.metadata() });
      this.session.close(1000);
    });
  }

  private afterAudio(): void {
    const now = this.segmenter!.position_ms;
    if (this.segmenter!.speaking) {
      this.silentInterimMs = now;
      return;
    }
    this.utteranceEnd();
    if (this.options.interim && now - this.silentInterimMs >= kSilentInterimMs) {
      this.silentInterimMs = now;
      void this.line.run(() => {
        this.session.send({ json: this.results([], { from: this.finalToMs, to: now }, { final: false }) });
      });
    }
  }

  private utteranceEnd(): void {
    const wait = this.options.utteranceEndMs;
    const end = this.lastWordEndMs;
    if (wait === undefined || end === undefined || this.segmenter!.speaking || this.segmenter!.position_ms < end + wait) return;
    this.lastWordEndMs = undefined;
    this.session.send({ json: { type: "UtteranceEnd", channel: [0, 1], last_word_end: end / 1000 } });
  }

  private results(tokens: Token[], span: Span, is: { final: boolean; speechFinal?: boolean; fromFinalize?: boolean }): unknown {
    const confidence = tokens.length === 0 ? 0 : 0.98;
    const words = wordsOf(tokens, span.speech ?? span, this.options.punctuate);
    const multi = this.options.language === "multi";
    return {
      type: "Results",
      channel_index: [0, 1],
      duration: Math.max(0, span.to - span.from) / 1000,
      start: span.from / 1000,
      is_final: is.final,
      speech_final: is.speechFinal ?? false,
      from_finalize: is.fromFinalize ?? false,
      channel: {
        alternatives: [
          { transcript: written(tokens), confidence, ...(multi ? { languages: ["en"] } : {}), words },
        ],
      },
      metadata: { request_id: this.requestId, model_info: this.model.info, model_uuid: this.model.uuid },
    };
  }

  private metadata(): unknown {
    const heard = this.heardSamples > 0;
    return {
      type: "Metadata",
      transaction_key: "deprecated",
      request_id: this.requestId,
      sha256: "incomplete",
      created: new Date().toISOString(),
      duration: this.heardMs() / 1000,
      channels: heard ? this.options.channels : 0,
      ...(heard ? { models: [this.model.uuid], model_info: { [this.model.uuid]: this.model.info } } : {}),
    };
  }
}
