// Exotel's side of its media WebSocket, small and independent of the simulator in src/caller, so that one can check the
// other: it sends media by the real clock, plays what it receives at real speed, echoes a mark when the audio before
// it has been played, and honours clear.
import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import WebSocket from "ws";

export interface CallerOptions {
  streamId?: string;
  callId?: string;
  from?: string;
  to?: string;
  sampleRate?: number;
  pieceMs?: number;
  headers?: Record<string, string>;
  numbers?: "strings" | "integers"; // how sequence_number, chunk and sample_rate are typed
  keys?: "snake" | "camel";
  customParameters?: Record<string, string>;
  // How media_format.sample_rate is written; the default follows `numbers`.
  sampleRateText?: string | number;
  echoMarks?: boolean;
  // For wss: whom to trust, which versions to speak.
  tls?: Pick<WebSocket.ClientOptions, "ca" | "minVersion" | "maxVersion">;
}

// The upgrade was answered with something else than 101.
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
    readonly headers: Record<string, string | string[] | undefined>,
  ) {
    super(`the upgrade was refused with ${status}: ${body}`);
  }
}

// Any message of the server; the fields that its kind does not have are absent.
export interface Received {
  at: number; // milliseconds of performance.now()
  event: string;
  raw: Record<string, unknown>;
  samples: Int16Array; // of media
  name: string; // of a mark
}

export interface Closed {
  code: number;
  reason: string;
}

export interface Played {
  from: number; // milliseconds of performance.now() at which the piece starts to play
  to: number;
  samples: Int16Array;
}

const camel: Record<string, string> = {
  sequence_number: "sequenceNumber",
  stream_sid: "streamSid",
  call_sid: "callSid",
  account_sid: "accountSid",
  custom_parameters: "customParameters",
  media_format: "mediaFormat",
  sample_rate: "sampleRate",
  bit_rate: "bitRate",
};

function toCamel(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [camel[key] ?? key, toCamel(inner)]));
}

export function base64(samples: Int16Array): string {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString("base64");
}

export class ExotelCaller {
  readonly streamId: string;
  readonly callId: string;
  readonly sampleRate: number;
  readonly received: Received[] = [];
  readonly protocolErrors: string[] = [];
  sentMediaMs = 0;

  private socket!: WebSocket;
  private sequence = 0;
  private chunk = 0;
  private readonly toSpeak: Int16Array[] = [];
  private spoken: (() => void)[] = [];
  private pump: NodeJS.Timeout | undefined;
  private playing: Played[] = [];
  private heardPieces: Played[] = [];
  private marks: { timer: NodeJS.Timeout; at: number }[] = [];
  private waiters: (() => void)[] = [];
  private closedInfo: Closed | undefined;

  constructor(
    private readonly url: string,
    private readonly options: CallerOptions = {},
  ) {
    this.streamId = options.streamId ?? randomBytes(16).toString("hex");
    this.callId = options.callId ?? randomBytes(16).toString("hex");
    this.sampleRate = options.sampleRate ?? 8000;
  }

  // Upgraded, connected and started, with media flowing.
  static async dial(url: string, options: CallerOptions = {}): Promise<ExotelCaller> {
    const caller = new ExotelCaller(url, options);
    await caller.open();
    caller.sendConnected();
    caller.sendStart();
    caller.startMedia();
    return caller;
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.url, {
        headers: this.options.headers ?? {},
        handshakeTimeout: 10_000,
        perMessageDeflate: false,
        ...this.options.tls,
      });
      this.socket = socket;
      socket.once("open", () => resolve());
      socket.once("unexpected-response", (_request, response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => (body += text));
        response.on("end", () => reject(new Refused(response.statusCode ?? 0, body, response.headers)));
      });
      socket.on("error", (error) => {
        reject(error);
      });
      socket.on("message", (data, isBinary) => this.onMessage(data as Buffer, isBinary));
      socket.on("close", (code, reason) => {
        this.closedInfo = { code, reason: reason.toString("utf8") };
        this.stopMedia();
        for (const mark of this.marks) clearTimeout(mark.timer);
        this.wake();
      });
    });
  }

  // ---- what Exotel sends

  sendRaw(message: string | Buffer): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(message);
  }

  sendJson(message: unknown): void {
    this.sendRaw(JSON.stringify(this.options.keys === "camel" ? toCamel(message) : message));
  }

  sendConnected(): void {
    this.sendJson({ event: "connected" });
  }

  sendStart(overrides: Record<string, unknown> = {}): void {
    const inner: Record<string, unknown> = {
      stream_sid: this.streamId,
      call_sid: this.callId,
      account_sid: "acme1",
      from: this.options.from ?? "09876543210",
      to: this.options.to ?? "04412345678",
      media_format: {
        encoding: "base64",
        sample_rate: this.options.sampleRateText ?? this.number(this.sampleRate),
        bit_rate: "128kbps",
      },
    };
    if (this.options.customParameters !== undefined) inner["custom_parameters"] = this.options.customParameters;
    this.sendJson({
      event: "start",
      sequence_number: this.nextSequence(),
      stream_sid: this.streamId,
      start: { ...inner, ...overrides },
    });
  }

  // One media message at once, outside the clock of startMedia().
  sendMedia(payload: string): void {
    this.chunk += 1;
    this.sendJson({
      event: "media",
      sequence_number: this.nextSequence(),
      stream_sid: this.streamId,
      media: { chunk: this.number(this.chunk), timestamp: String(Math.round(this.sentMediaMs)), payload },
    });
  }

  // Speech if there is some to say, silence otherwise, at real speed until the call ends.
  startMedia(): void {
    const pieceMs = this.options.pieceMs ?? 20;
    const pieceSamples = (this.sampleRate * pieceMs) / 1000;
    const started = performance.now();
    let sent = 0;
    this.pump = setInterval(
      () => {
        while (sent * pieceMs <= performance.now() - started) {
          this.sendMedia(base64(this.takeSpeech(pieceSamples)));
          sent += 1;
          this.sentMediaMs = sent * pieceMs;
        }
      },
      Math.min(pieceMs, 20),
    );
  }

  stopMedia(): void {
    clearInterval(this.pump);
    this.pump = undefined;
  }

  // Resolves when the last of these samples has been sent.
  say(samples: Int16Array): Promise<void> {
    this.toSpeak.push(samples);
    return new Promise((resolve) => this.spoken.push(resolve));
  }

  dtmf(digit: string): void {
    this.sendJson({
      event: "dtmf",
      sequence_number: this.nextSequence(),
      stream_sid: this.streamId,
      dtmf: { duration: "200", digit },
    });
  }

  sendStop(reason = "callended"): void {
    this.sendJson({
      event: "stop",
      sequence_number: this.nextSequence(),
      stream_sid: this.streamId,
      stop: { call_sid: this.callId, account_sid: "acme1", reason },
    });
  }

  // As Exotel ends a call on which the caller hung up.
  async hangUp(): Promise<Closed> {
    this.stopMedia();
    this.sendStop();
    this.socket.close(1000);
    return this.closed();
  }

  closeSocket(code = 1000): void {
    this.stopMedia();
    this.socket.close(code);
  }

  // The network goes away: no stop, no close frame.
  drop(): void {
    this.stopMedia();
    this.socket.terminate();
  }

  // ---- what it hears

  get isClosed(): boolean {
    return this.closedInfo !== undefined;
  }

  async closed(withinMs = 10_000): Promise<Closed> {
    await this.until(() => this.closedInfo !== undefined, withinMs, "the socket to close");
    return this.closedInfo!;
  }

  messages(event: string): Received[] {
    return this.received.filter((message) => message.event === event);
  }

  // Milliseconds of agent audio received so far.
  get receivedMs(): number {
    return (this.messages("media").reduce((sum, media) => sum + media.samples.length, 0) / this.sampleRate) * 1000;
  }

  // Milliseconds of agent audio with sound in it that the caller has really heard so far.
  get heardMs(): number {
    const now = performance.now();
    return this.heardPieces
      .filter((piece) => piece.samples.some((sample) => Math.abs(sample) > 50))
      .reduce((sum, piece) => sum + Math.max(0, Math.min(piece.to, now) - piece.from), 0);
  }

  // What the caller has heard and is about to hear, in order; a clear takes away what was not begun.
  get heard(): readonly Played[] {
    return this.heardPieces;
  }

  get agentIsAudible(): boolean {
    const last = this.heardPieces.at(-1);
    return last !== undefined && last.to > performance.now();
  }

  // The agent has begun to speak (since `after`, a count of received messages).
  async agentSpeaks(after = 0, withinMs = 10_000): Promise<Received> {
    const find = () => this.received.slice(after).find((message) => message.event === "media");
    await this.until(() => find() !== undefined, withinMs, "the agent to speak");
    return find()!;
  }

  // Everything received has been played and nothing came for `quietMs`.
  async agentFinished(quietMs = 400, withinMs = 20_000): Promise<void> {
    await this.until(
      () => {
        const last = this.heardPieces.at(-1);
        return last !== undefined && performance.now() > last.to + quietMs;
      },
      withinMs,
      "the agent to finish",
    );
  }

  async waitFor(event: string, after = 0, withinMs = 10_000): Promise<Received> {
    const find = () => this.received.slice(after).find((message) => message.event === event);
    await this.until(() => find() !== undefined, withinMs, `a message ${event}`);
    return find()!;
  }

  // Checks on every message, and every 10 ms for what time alone changes.
  async until(condition: () => boolean, withinMs: number, what: string): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!condition()) {
      if (this.closedInfo !== undefined && what !== "the socket to close")
        throw new Error(`closed with ${this.closedInfo.code} "${this.closedInfo.reason}" while waiting for ${what}`);
      if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 10);
        this.waiters.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  private wake(): void {
    const waiting = this.waiters;
    this.waiters = [];
    for (const resolve of waiting) resolve();
  }

  private number(value: number): string | number {
    return this.options.numbers === "integers" ? value : String(value);
  }

  private nextSequence(): string | number {
    this.sequence += 1;
    return this.number(this.sequence);
  }

  private takeSpeech(count: number): Int16Array {
    const piece = new Int16Array(count);
    let filled = 0;
    while (filled < count && this.toSpeak.length > 0) {
      const first = this.toSpeak[0]!;
      const taken = first.subarray(0, count - filled);
      piece.set(taken, filled);
      filled += taken.length;
      if (taken.length === first.length) {
        this.toSpeak.shift();
        this.spoken.shift()?.();
      } else {
        this.toSpeak[0] = first.subarray(taken.length);
      }
    }
    return piece;
  }

  private onMessage(data: Buffer, isBinary: boolean): void {
    const at = performance.now();
    if (isBinary) {
      this.protocolErrors.push("a binary frame");
      return;
    }
    const raw = JSON.parse(data.toString("utf8")) as Record<string, unknown>;
    const message: Received = { at, event: String(raw["event"]), raw, samples: new Int16Array(0), name: "" };
    if (raw["stream_sid"] !== this.streamId) this.protocolErrors.push(`stream_sid is ${String(raw["stream_sid"])}`);
    switch (message.event) {
      case "media":
        this.onMedia(message);
        break;
      case "mark":
        message.name = String((raw["mark"] as Record<string, unknown>)["name"]);
        this.onMark(message);
        break;
      case "clear":
        this.onClear(at);
        break;
      default:
        this.protocolErrors.push(`unknown event ${message.event}`);
    }
    this.received.push(message);
    this.wake();
  }

  private onMedia(message: Received): void {
    const media = message.raw["media"] as Record<string, unknown>;
    const bytes = Buffer.from(String(media["payload"]), "base64");
    if (bytes.length % 320 !== 0) this.protocolErrors.push(`a payload of ${bytes.length} bytes`);
    if (bytes.length > 100_000) this.protocolErrors.push(`a payload of ${bytes.length} bytes is over the limit`);
    for (const key of ["chunk", "timestamp"])
      if (typeof media[key] !== "string") this.protocolErrors.push(`media.${key} is not a string`);
    if (typeof message.raw["sequence_number"] !== "string")
      this.protocolErrors.push("sequence_number is not a string");
    message.samples = new Int16Array(bytes.length >> 1);
    for (let i = 0; i < message.samples.length; ++i) message.samples[i] = bytes.readInt16LE(2 * i);
    const from = Math.max(message.at, this.playing.at(-1)?.to ?? 0);
    const piece = { from, to: from + (message.samples.length / this.sampleRate) * 1000, samples: message.samples };
    this.playing.push(piece);
    this.heardPieces.push(piece);
  }

  private onMark(message: Received): void {
    const due = this.playing.at(-1)?.to ?? message.at;
    const echo = () => {
      if (this.options.echoMarks === false) return;
      this.sendJson({
        event: "mark",
        sequence_number: this.nextSequence(),
        stream_sid: this.streamId,
        mark: { name: message.name },
      });
    };
    // Timers count whole milliseconds and fire up to one early; an echo must never come before the sound is over.
    const timer = setTimeout(echo, Math.max(0, Math.ceil(due - performance.now()) + 1));
    this.marks.push({ timer, at: due });
  }

  // The piece in play finishes; what has not begun is never heard, and its marks do not come back.
  private onClear(now: number): void {
    this.playing = this.playing.filter((piece) => piece.from <= now);
    this.heardPieces = this.heardPieces.filter((piece) => piece.from <= now);
    const end = this.playing.at(-1)?.to ?? now;
    for (const mark of this.marks) if (mark.at > end) clearTimeout(mark.timer);
    this.marks = this.marks.filter((mark) => mark.at <= end);
  }
}
