// What is typed into a socket and not yet spoken, and the order in which it is spoken. Used for the one voice of
// stream-input and for each context of multi-stream-input.
import { chunks } from "../core/audio.js";
import type { Serial } from "../core/serial.js";
import type { Answer, Core, Message } from "../core/types.js";
import { alignment, bytesOf, spoken, type VoiceOptions } from "./options.js";

const kPieceMs = 120;
const kSchedule = [120, 160, 250, 290];

export interface VoiceRules {
  schedule: number[];
  auto: boolean; // auto_mode: speak whatever comes at once
  speed: number;
}

/** The schedule of a first message; undefined when it is out of bounds. */
export function scheduleOf(config: unknown): number[] | undefined {
  const asked = (Object(config ?? {}) as { chunk_length_schedule?: unknown }).chunk_length_schedule ?? kSchedule;
  if (!Array.isArray(asked) || asked.length === 0) return undefined;
  return asked.every((value) => typeof value === "number" && value >= 50 && value <= 500) ? (asked as number[]) : undefined;
}

export class TypedVoice {
  private text = "";
  private generations = 0;

  constructor(
    private readonly core: Core,
    private readonly line: Serial,
    private readonly answer: () => Answer, // asked for with the first text to be spoken
    private readonly options: VoiceOptions,
    private readonly rules: VoiceRules,
    private readonly about: Record<string, unknown>, // in every message: the context id
  ) {}

  type(text: string, trigger: boolean): void {
    this.text += text;
    if (this.rules.auto || trigger) return this.generate(this.text.length);
    const wanted = this.rules.schedule[Math.min(this.generations, this.rules.schedule.length - 1)]!;
    // Whole words only: the rest waits for more.
    if (this.text.length >= wanted) this.generate(this.text.lastIndexOf(" ") + 1);
  }

  flush(): void {
    this.generate(this.text.length);
  }

  /** What is typed and not yet given to the voice is forgotten. */
  forget(): void {
    this.text = "";
  }

  private generate(length: number): void {
    const text = this.text.slice(0, length);
    this.text = this.text.slice(length);
    if (text.trim() === "") return;
    this.generations++;
    const answer = this.answer();
    void this.line.run(async () => {
      if (!answer.open) return;
      const { bytes, ms } = await spoken(this.core, text, this.options, this.rules.speed);
      for (const [i, piece] of chunks(bytes, bytesOf(kPieceMs, this.options.format)).entries()) {
        const times = i === 0 ? alignment(text, ms) : null;
        const wrap = (audio: Buffer): Message => ({
          json: { audio: audio.toString("base64"), isFinal: null, normalizedAlignment: times, alignment: times, ...this.about },
        });
        if (!(await answer.piece({ audio: piece, wrap, rate: this.options.format.rate }))) return;
      }
    });
  }
}
