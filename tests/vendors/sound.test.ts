// The ear of these tests is tried itself: what would be a defect of a call must not pass it.
import { afterAll, beforeAll, expect, test } from "vitest";
import { findWorker, Speech } from "../emulators/core/speech.js";
import { holes, largestStep, likeness, timeline, voicedMs } from "./support/sound.js";

const kRate = 8000;
let voice: Speech;
let sentence: Int16Array;
let other: Int16Array;
beforeAll(async () => {
  voice = await Speech.start(findWorker()!);
  sentence = await voice.speak("We’re open from nine to five.", { rate: kRate });
  other = await voice.speak("Thank you for calling.", { rate: kRate });
});
afterAll(() => voice?.stop());

const join = (...parts: Int16Array[]) => Int16Array.from(parts.flatMap((part) => [...part]));
const middle = () => Math.floor(sentence.length / 2);

test("a sentence is like itself and has no holes", () => {
  expect(likeness(sentence, sentence, kRate)).toBeGreaterThan(0.99);
  expect(likeness(join(new Int16Array(4000), sentence, other), sentence, kRate)).toBeGreaterThan(0.95);
  expect(holes(sentence, kRate)[0] ?? 0).toBeLessThanOrEqual(250);
});

test("another sentence, half of one and a torn one are noticed", () => {
  expect(likeness(other, sentence, kRate)).toBeLessThan(0.9);
  expect(likeness(sentence.subarray(0, middle()), sentence, kRate)).toBeLessThan(0.9);
  const torn = join(sentence.subarray(0, middle()), new Int16Array(0.4 * kRate), sentence.subarray(middle()));
  expect(holes(torn, kRate)[0]).toBeGreaterThanOrEqual(350);
});

test("a sentence said twice is twice as long", () => {
  expect(voicedMs(join(sentence, sentence), kRate) / voicedMs(sentence, kRate)).toBeGreaterThan(1.9);
});

test("a byte too many, and a join that jumps, click", () => {
  const limit = largestStep(sentence) * 1.3;
  // Every sample begins in the middle of the one before: the ear hears noise.
  const bytes = Buffer.from(sentence.buffer, sentence.byteOffset, sentence.byteLength);
  const shifted = new Int16Array(sentence.length - 1).map((_, i) => bytes.readInt16LE(2 * i + 1));
  expect(largestStep(shifted)).toBeGreaterThan(limit);
  const jump = sentence.slice();
  jump[middle()] = 32_000;
  expect(largestStep(jump)).toBeGreaterThan(limit);
});

test("a piece that comes late leaves a silence in what is heard", () => {
  const half = (middle() * 1000) / kRate;
  const pieces = [
    { from: 0, to: half, samples: sentence.subarray(0, middle()) },
    { from: half + 400, to: half + 400 + half, samples: sentence.subarray(middle()) },
  ];
  expect(holes(timeline(pieces, kRate), kRate)[0]).toBeGreaterThanOrEqual(350);
});
