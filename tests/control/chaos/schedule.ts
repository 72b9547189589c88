// What is killed when: a list made from a seed, so that a run can be had again.
import type { Random } from "./random.js";
import type { Part } from "./world.js";

export interface Round {
  afterMs: number;
  parts: Part[];
  gapMs: number; // from the first kill to the second
  awayMs: number; // until they are started again
}

const sparing: Part[][] = [["postgres"], ["postgres"], ["s3"], ["s3"], ["postgres", "s3"]];
const all: Part[][] = [
  ["server"],
  ["server"],
  ["server"],
  ["server", "postgres"],
  ["postgres", "server"],
  ["server", "s3"],
  ["postgres"],
  ["s3"],
  ["postgres", "s3", "server"],
];

// The server lives through the first half, long enough for recordings that are uploaded in parts; then it dies first of
// all.
export function schedule(random: Random, rounds: number): Round[] {
  const spared = Math.floor(rounds / 2);
  return Array.from({ length: rounds }, (_, i) => ({
    afterMs: random.between(2000, 6500),
    parts: i < spared ? random.pick(sparing) : i === spared ? ["server"] : random.pick(all),
    gapMs: random.pick([0, random.between(0, 1500)]),
    awayMs: random.between(200, 5000),
  }));
}
