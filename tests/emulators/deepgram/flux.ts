// Deepgram Flux, /v2/listen: a recogniser that says when a turn begins, may be over, goes on, and is over.
import { decode, joinSamples } from "../core/audio.js";
import { Serial } from "../core/serial.js";
import type { Answer, Core, Segmenter, WsExchange, WsSession } from "../core/types.js";
import { isWrong, kNoAudio } from "./errors.js";
import { fluxOptions, type FluxOptions } from "./options.js";
import { tokensOf, wordsOf } from "./words.js";

const kEagerSilenceMs = 240;
const kIdleMs = 10_000;
const kUpdateMs = 1000; // between updates while nobody speaks

export async function flux(core: Core, exchange: WsExchange): Promise<void> {
  const options = fluxOptions(exchange.query);
  if (isWrong(options)) return exchange.refuse(options.fault, options);
  const protocol = exchange.protocols.find((name) => name === "token" || name === "bearer");
  const session = await exchange.accept(protocol ? { protocol } : {});
  new FluxSession(core, session, options, exchange.requestId);
}

// A turn is one or more pieces of speech with pauses between them.
interface Turn {
  answer: Answer;
  heard: Int16Array[];
  fromMs: number;
  toMs: number;
  paused: boolean;
  eager: boolean; // EagerEndOfTurn has been said
}

class FluxSession {
  private readonly line: Serial;
  private readonly segmenter: Segmenter;
  private idle: NodeJS.Timeout | undefined;
  private sequence = 0;
  private turns = 0;
  private turn: Turn | undefined;
  private windowFromMs = 0;
  private updatedMs = 0;
  private partialRunning = false;
  private closing = false;

  constructor(
    private readonly core: Core,
    private readonly session: WsSession,
    private readonly options: FluxOptions,
    private readonly requestId: string,
  ) {
    this.line = new Serial(() => session.fail("server_error"));
    this.segmenter = core.segmenter(
      { rate: options.rate, silence_ms: kEagerSilenceMs },
      {
        onStart: (at) => this.started(at),
        onPartial: (samples, _from, to) => this.update(samples, to),
        onEnd: (samples, _from, to) => this.paused(samples, to),
      },
    );
    session.onMessage = (data) => (typeof data === "string" ? this.onText(data) : this.onAudio(data));
    session.onClose = () => {
      clearTimeout(this.idle);
      this.closing = true;
    };
    session.send({ json: { type: "Connected", request_id: requestId, sequence_id: this.sequence++ } });
    this.alive();
  }

  // A text message does not count: Flux knows no KeepAlive.
  private alive(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.session.close(1011, kNoAudio), kIdleMs);
  }

  private onText(text: string): void {
    if (this.closing) return;
    let message: Record<string, unknown> = {};
    try {
      message = Object(JSON.parse(text)) as Record<string, unknown>;
    } catch {
      // Refused below, as every message without a known type.
    }
    if (message["type"] === "CloseStream") return this.finish();
    if (message["type"] === "Configure") return this.configure(message);
    this.session.fail("bad_request", { code: "UNPARSABLE_CLIENT_MESSAGE", message: "Could not parse the client message." });
  }

  private configure(message: Record<string, unknown>): void {
    const asked = Object(message["thresholds"]) as Record<string, unknown>;
    const within = (name: string, low: number, high: number): boolean =>
      asked[name] === undefined || (typeof asked[name] === "number" && asked[name] >= low && asked[name] <= high);
    const ok =
      within("eot_threshold", 0.5, 0.9) && within("eager_eot_threshold", 0.3, 0.9) && within("eot_timeout_ms", 500, 10_000);
    const about = { request_id: this.requestId, sequence_id: this.sequence++ };
    if (!ok) return this.session.send({ json: { type: "ConfigureFailure", ...about } });
    this.options.eotThreshold = (asked["eot_threshold"] as number | undefined) ?? this.options.eotThreshold;
    this.options.eagerThreshold = (asked["eager_eot_threshold"] as number | undefined) ?? this.options.eagerThreshold;
    this.options.eotTimeoutMs = (asked["eot_timeout_ms"] as number | undefined) ?? this.options.eotTimeoutMs;
    const thresholds = {
      eot_threshold: this.options.eotThreshold,
      eager_eot_threshold: this.options.eagerThreshold ?? null,
      eot_timeout_ms: this.options.eotTimeoutMs,
    };
    this.session.send({ json: { type: "ConfigureSuccess", ...about, thresholds, keyterms: message["keyterms"] ?? [] } });
  }

  private onAudio(data: Buffer): void {
    if (this.closing) return;
    if (data.length === 0) return this.finish();
    this.alive();
    this.segmenter.push(decode(data, this.options.encoding));
    const turn = this.turn;
    const now = this.segmenter.position_ms;
    if (turn?.paused && now - turn.toMs >= this.endOfTurnMs()) this.endTurn(turn, this.options.eotThreshold);
    if (!this.turn && now - this.updatedMs >= kUpdateMs) {
      this.updatedMs = now;
      const to = now;
      void this.line.run(() => this.session.send({ json: this.turnInfo("Update", "", { from: this.windowFromMs, to }, 0) }));
    }
  }

  // The surer it must be, the longer it waits: 600 ms at the default threshold of 0.7.
  private endOfTurnMs(): number {
    return Math.min(this.options.eotTimeoutMs, Math.round(600 + (this.options.eotThreshold - 0.7) * 2000));
  }

  private started(atMs: number): void {
    const turn = this.turn;
    if (!turn) {
      const answer = this.session.answer();
      this.turn = { answer, heard: [], fromMs: atMs, toMs: atMs, paused: false, eager: false };
      const from = this.windowFromMs;
      void this.line.run(async () => {
        await answer.note({ json: this.turnInfo("StartOfTurn", "", { from, to: atMs }, 0) });
      });
      return;
    }
    turn.paused = false;
    if (!turn.eager) return;
    turn.eager = false;
    this.say(turn, "TurnResumed", joinSamples(turn.heard), atMs, 0.1);
  }

  private update(samples: Int16Array, toMs: number): void {
    const turn = this.turn;
    if (!turn || this.partialRunning) return;
    this.partialRunning = true;
    this.say(turn, "Update", joinSamples([...turn.heard, samples]), toMs, 0.1);
  }

  private paused(samples: Int16Array, toMs: number): void {
    const turn = this.turn;
    if (!turn) return;
    turn.heard.push(samples);
    turn.paused = true;
    turn.toMs = toMs;
    if (this.options.eagerThreshold === undefined) return;
    turn.eager = true;
    this.say(turn, "EagerEndOfTurn", joinSamples(turn.heard), toMs, this.options.eagerThreshold);
  }

  private endTurn(turn: Turn, confidence: number): void {
    this.turn = undefined;
    const from = this.windowFromMs;
    const to = this.segmenter.position_ms;
    this.windowFromMs = this.updatedMs = to;
    void this.line.run(async () => {
      const text = await this.core.recognise(joinSamples(turn.heard), this.options.rate);
      await turn.answer.last({ json: this.turnInfo("EndOfTurn", text, { from, to }, confidence, turn) });
      await turn.answer.end();
      this.turns++;
    });
  }

  private say(turn: Turn, event: string, samples: Int16Array, toMs: number, confidence: number): void {
    const from = this.windowFromMs;
    void this.line.run(async () => {
      const text = await this.core.recognise(samples, this.options.rate);
      this.partialRunning = false;
      await turn.answer.early({ json: this.turnInfo(event, text, { from, to: toMs }, confidence, turn) });
    });
  }

  private finish(): void {
    if (this.closing) return;
    clearTimeout(this.idle);
    this.segmenter.flush();
    if (this.turn) this.endTurn(this.turn, 0.5);
    this.closing = true;
    void this.line.run(() => this.session.close(1000));
  }

  // The window of a turn begins where the last one ended.
  private turnInfo(event: string, text: string, window: { from: number; to: number }, confidence: number, turn?: Turn): unknown {
    const words = wordsOf(tokensOf(text, false), { from: turn?.fromMs ?? window.from, to: turn?.toMs ?? window.to }, false);
    return {
      type: "TurnInfo",
      request_id: this.requestId,
      sequence_id: this.sequence++,
      event,
      turn_index: this.turns,
      audio_window_start: window.from / 1000,
      audio_window_end: window.to / 1000,
      transcript: text,
      words,
      end_of_turn_confidence: confidence,
      ...(this.options.model === "flux-general-multi" ? { languages: ["en"], languages_hinted: this.options.languageHints } : {}),
    };
  }
}
