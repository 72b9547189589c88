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

export interface Token {
  word: string;
  shown: string; // as the transcript has it
}

/** `punctuate`: a capital in front and a full stop behind. */
export function tokensOf(text: string, punctuate: boolean): Token[] {
  const words = text.split(" ").filter((word) => word !== "");
  return words.map((word, i) => {
    const begun = punctuate && i === 0 ? `${word[0]!.toUpperCase()}${word.slice(1)}` : word;
    return { word, shown: punctuate && i === words.length - 1 ? `${begun}.` : begun };
  });
}

export function written(tokens: Token[]): string {
  return tokens.map((one) => one.shown).join(" ");
}

/** Spread evenly: the emulator knows when somebody spoke, not when each word came. */
export function wordsOf(tokens: Token[], span: { from: number; to: number }, punctuate: boolean): Word[] {
  const each = (span.to - span.from) / Math.max(1, tokens.length);
  return tokens.map(({ word, shown }, i) => ({
    word,
    start: Math.round(span.from + i * each) / 1000,
    end: Math.round(span.from + (i + 1) * each) / 1000,
    confidence: 0.98,
    ...(punctuate ? { punctuated_word: shown } : {}),
  }));
}
