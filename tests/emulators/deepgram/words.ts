// Words of a transcript with times, and the names of models, for all three recognisers.
import type { Core } from "../core/types.js";

/** Milliseconds from the start of the stream. `speech`: where in it somebody spoke. */
export interface Span {
  from: number;
  to: number;
  speech?: { from: number; to: number };
}

export interface Word {
  word: string;
  start: number;
  end: number;
  confidence: number;
  punctuated_word?: string;
}

export function modelInfo(core: Core, model: string): { uuid: string; info: { name: string; version: string; arch: string } } {
  const arch = model.split("-").slice(0, 2).join("-");
  const kind = model.split("-")[2] ?? "general";
  return { uuid: core.uuid(), info: { name: `${arch.split("-")[1] ?? "1"}-${kind}-nova`, version: "2024-02-07.20824", arch } };
}

export function written(text: string, punctuate: boolean): string {
  return punctuate && text !== "" ? `${text[0]!.toUpperCase()}${text.slice(1)}.` : text;
}

/** Spread evenly: the emulator knows when somebody spoke, not when each word came. */
export function wordsOf(text: string, span: { from: number; to: number }, punctuate: boolean): Word[] {
  const plain = text.split(" ").filter((word) => word !== "");
  const punctuated = written(plain.join(" "), punctuate).split(" ");
  const each = (span.to - span.from) / Math.max(1, plain.length);
  return plain.map((word, i) => ({
    word,
    start: Math.round(span.from + i * each) / 1000,
    end: Math.round(span.from + (i + 1) * each) / 1000,
    confidence: 0.98,
    ...(punctuate ? { punctuated_word: punctuated[i]! } : {}),
  }));
}
