// What an ear would notice about the sound of a call.
import type { Played } from "../../e2e/support/exotel.js";
import { rms } from "../../e2e/support/wav.js";

const kFrameMs = 20;

/** What was heard between two moments, with the silences in which nothing came. */
export function timeline(pieces: readonly Played[], rate: number): Int16Array {
  const first = pieces[0];
  if (first === undefined) return new Int16Array(0);
  const begin = first.from;
  const sound = new Int16Array(Math.ceil(((pieces.at(-1)!.to - begin) * rate) / 1000));
  for (const piece of pieces) {
    const at = Math.round(((piece.from - begin) * rate) / 1000);
    sound.set(piece.samples.subarray(0, Math.max(0, sound.length - at)), at);
  }
  return sound;
}

/** The loudness of each 20 ms. */
export function envelope(sound: Int16Array, rate: number): number[] {
  const size = (rate * kFrameMs) / 1000;
  const frames: number[] = [];
  for (let at = 0; at + size <= sound.length; at += size) frames.push(rms(sound.subarray(at, at + size)));
  return frames;
}

const kAudible = 60;

/** Silences between the first and the last sound, in ms, longest first. */
export function holes(sound: Int16Array, rate: number): number[] {
  const loud = envelope(sound, rate).map((level) => level > kAudible);
  const found: number[] = [];
  let silent = 0;
  for (let i = loud.indexOf(true); i <= loud.lastIndexOf(true) && i >= 0; i++) {
    if (!loud[i]) silent += kFrameMs;
    else if (silent > 0) {
      found.push(silent);
      silent = 0;
    }
  }
  return found.sort((a, b) => b - a);
}

export function voicedMs(sound: Int16Array, rate: number): number {
  return envelope(sound, rate).filter((level) => level > kAudible).length * kFrameMs;
}

/** The largest step from one sample to the next: a click is larger than any that speech has. */
export function largestStep(sound: Int16Array): number {
  let largest = 0;
  for (let i = 1; i < sound.length; i++) largest = Math.max(largest, Math.abs(sound[i]! - sound[i - 1]!));
  return largest;
}

/** How much of `wanted` is in `sound`: the best correlation of their loudness, 0 to 1. */
export function likeness(sound: Int16Array, wanted: Int16Array, rate: number): number {
  const have = envelope(sound, rate);
  const want = envelope(wanted, rate);
  let best = 0;
  for (let lag = -10; lag <= Math.max(10, have.length - want.length + 10); lag++) {
    let product = 0;
    let ours = 0;
    let theirs = 0;
    for (let i = 0; i < want.length; i++) {
      const heard = have[i + lag] ?? 0;
      product += heard * want[i]!;
      ours += heard * heard;
      theirs += want[i]! * want[i]!;
    }
    if (ours > 0 && theirs > 0) best = Math.max(best, product / Math.sqrt(ours * theirs));
  }
  return best;
}
