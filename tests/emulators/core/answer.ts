// One answer on its way out: latencies and the fault of its rule.
import { wavHeader } from "./audio.js";
import { garbage, insideCharacters, invalidJson, invalidUtf8, textForBinary, toWire, type Wire, wrongTypes } from "./corrupt.js";
import { isErrorFault, type Latency, phaseOf } from "./rules.js";
import type { Answer, ErrorFault, Fault, Message, Rule } from "./types.js";

/** Where an answer goes: an HTTP body or a WebSocket. */
export interface Sink {
  readonly open: boolean;
  /** Resolves when there is room for more. `parts` are one message, to be cut between them. */
  write(parts: Buffer[], binary: boolean): Promise<void>;
  /** HTTP: the body is over, cleanly. WebSocket: nothing. */
  finish(): Promise<void>;
  destroy(): void;
  freeze(): void;
  closeEarly(): void;
  fail(fault: ErrorFault): void;
  readonly crumbs: boolean; // a message may be written in pieces with time between them
  readonly closed: Promise<void>;
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
// Faults without a moment of their own.
const kLasting = new Set<Fault>(["slow_drip", "split_utf8", "odd_byte", "wav_header", "answer_twice"]);
const kDripMs = 400;
const kEndlessBytes = 256 << 20; // a test that never goes away shall not fill the machine

export class PlannedAnswer implements Answer {
  private pieces = 0;
  private waited = false; // the first latency is over
  private fired = false;
  private ended = false;
  private carry: Buffer = Buffer.alloc(0);
  private lastAudio: ((bytes: Buffer) => Message) | undefined;
  private headed = false;
  private lastPiece: Message | undefined;
  private readonly sent: Wire[] = [];

  constructor(
    private readonly sink: Sink,
    private readonly latency: Latency,
    private readonly rule: Rule | undefined,
  ) {}

  get open(): boolean {
    return !this.ended && this.sink.open;
  }

  async piece(message: Message): Promise<boolean> {
    if (!this.open) return false;
    await this.wait(this.waited ? this.latency.piece_ms : this.latency.latency_ms);
    return this.early(message);
  }

  async early(message: Message): Promise<boolean> {
    if (!this.open) return false;
    this.pieces++;
    const phase = this.rule ? phaseOf(this.rule) : undefined;
    const hit = !this.fired && ((phase === "first" && this.pieces === 1) || (phase === "middle" && this.pieces === 2));
    const open = await this.deliver(message, hit);
    this.lastPiece = message;
    return open;
  }

  async note(message: Message): Promise<boolean> {
    if (!this.open) return false;
    return this.deliver(message, false);
  }

  async last(message: Message): Promise<boolean> {
    if (!this.open) return false;
    if (!this.waited) await this.wait(this.latency.latency_ms);
    if (!this.open) return false;
    await this.flushCarry();
    // An answer that was too short for its fault is hit here.
    return this.deliver(message, this.rule !== undefined && !this.fired);
  }

  async end(): Promise<void> {
    if (!this.open) return;
    await this.flushCarry();
    // Raw sound has no last message: its end is where the fault of phase "end" belongs.
    const due = this.rule?.fault !== undefined && !this.fired && !kLasting.has(this.rule.fault);
    if (due && !(await this.deliver(this.lastPiece ?? { text: "" }, true))) return;
    if (this.rule?.fault === "answer_twice") {
      for (const wire of this.sent) {
        if (!this.sink.open) break;
        await this.sink.write([wire.bytes], wire.binary);
      }
    }
    this.ended = true;
    await this.sink.finish();
  }

  cancel(): void {
    this.ended = true;
  }

  /** `hit`: the moment of the rule's fault has come. */
  private async deliver(message: Message, hit: boolean): Promise<boolean> {
    const fault = this.rule?.fault;
    if (hit) {
      this.fired = true;
      if (fault !== undefined && isErrorFault(fault)) {
        this.ended = true;
        this.sink.fail(fault);
        return false;
      }
      switch (fault) {
        case "break":
          this.sink.destroy();
          return this.stop();
        case "half_open":
          this.sink.freeze();
          return this.stop();
        case "close_early":
          this.sink.closeEarly();
          return this.stop();
        case "timeout":
        case "never_first_piece":
          return this.stop();
        case "endless":
          return this.endless(this.pieces > 0 && this.lastPiece ? this.lastPiece : message);
        case "invalid_json":
          return this.write(invalidJson(message));
        case "wrong_types":
          return this.write(wrongTypes(message));
        case "invalid_utf8":
          return this.write(invalidUtf8(message));
        case "text_for_binary":
          return this.write(textForBinary(message));
        case "garbage": {
          const { binary } = toWire(message);
          return this.write({ bytes: garbage(!binary), binary });
        }
        default:
          break; // the rest lasts
      }
    }
    if (fault === "odd_byte" || fault === "wav_header") return this.spoilSound(message, fault);
    return this.write(toWire(message));
  }

  private async wait(ms: number): Promise<void> {
    this.waited = true;
    if (ms > 0) await Promise.race([sleep(ms), this.sink.closed]);
  }

  private stop(): boolean {
    this.ended = true;
    return false;
  }

  private async write(wire: Wire): Promise<boolean> {
    const fault = this.rule?.fault;
    if (fault === "answer_twice") this.sent.push(wire);
    if (fault === "split_utf8" && !wire.binary) {
      const parts = insideCharacters(wire.bytes);
      if (!this.sink.crumbs) {
        await this.sink.write(parts, false);
      } else {
        for (const part of parts) {
          await this.sink.write([part], false);
          if (parts.length > 1) await sleep(2);
        }
      }
    } else if (fault === "slow_drip" && this.fired) {
      const wait = this.rule?.piece_ms ?? kDripMs;
      const count = this.sink.crumbs ? Math.min(8, wire.bytes.length) : 1;
      const size = Math.max(1, Math.ceil(wire.bytes.length / Math.max(1, count)));
      for (let at = 0; at < wire.bytes.length && this.open; at += size) {
        await Promise.race([sleep(wait / Math.max(1, count)), this.sink.closed]);
        if (this.open) await this.sink.write([wire.bytes.subarray(at, at + size)], wire.binary);
      }
    } else {
      await this.sink.write([wire.bytes], wire.binary);
    }
    return this.open;
  }

  private async endless(message: Message): Promise<boolean> {
    const { bytes, binary } = toWire(message);
    if (bytes.length === 0) return this.stop();
    for (let sent = 0; this.open && sent < kEndlessBytes; sent += bytes.length) {
      await this.sink.write([bytes], binary);
      await sleep(this.latency.piece_ms > 0 ? this.latency.piece_ms : 1);
    }
    return this.stop();
  }

  private async spoilSound(message: Message, fault: "odd_byte" | "wav_header"): Promise<boolean> {
    const wrap = "binary" in message ? (binary: Buffer): Message => ({ binary }) : "audio" in message ? message.wrap : undefined;
    if (!wrap) return this.write(toWire(message));
    this.fired = true;
    const sound = "binary" in message ? message.binary : "audio" in message ? message.audio : Buffer.alloc(0);
    if (fault === "wav_header") {
      if (this.headed) return this.write(toWire(message));
      this.headed = true;
      const rate = ("rate" in message ? message.rate : undefined) ?? 24_000;
      return this.write(toWire(wrap(Buffer.concat([wavHeader(rate, 0x7fffffff), sound]))));
    }
    this.lastAudio = wrap;
    const all = Buffer.concat([this.carry, sound]);
    const length = all.length % 2 === 0 ? all.length - 1 : all.length;
    this.carry = all.subarray(Math.max(0, length));
    return length > 0 ? this.write(toWire(wrap(all.subarray(0, length)))) : this.open;
  }

  /** The end of sound of which every piece was odd: so is the whole. */
  private async flushCarry(): Promise<void> {
    if (!this.lastAudio) return;
    const wrap = this.lastAudio;
    this.lastAudio = undefined;
    const rest = Buffer.concat([this.carry, Buffer.from([0x7f])]);
    this.carry = Buffer.alloc(0);
    await this.write(toWire(wrap(rest)));
  }
}
