import { expect, test } from "vitest";
import { Resampler } from "./resampler";

function tone(hertz: number, rate: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));
}

function inPieces(resampler: Resampler, input: Float32Array, size: number): number[] {
  const out: number[] = [];
  for (let at = 0; at < input.length; at += size) out.push(...resampler.process(input.subarray(at, at + size)));
  return out;
}

// How much of `hertz` is in it, 1 for a full tone.
function amount(samples: number[], hertz: number, rate: number): number {
  let re = 0;
  let im = 0;
  samples.forEach((sample, i) => {
    re += sample * Math.cos((2 * Math.PI * hertz * i) / rate);
    im += sample * Math.sin((2 * Math.PI * hertz * i) / rate);
  });
  return (2 * Math.hypot(re, im)) / samples.length;
}

test.each([
  [48000, 16000],
  [44100, 16000],
  [16000, 48000],
  [16000, 44100],
  [8000, 48000],
  [96000, 16000],
])("from %i to %i a tone stays the tone, and only that", (from, to) => {
  const out = inPieces(new Resampler(from, to), tone(1000, from, from), 128);
  expect(Math.abs(out.length - to)).toBeLessThan(120);
  const steady = out.slice(to / 10, to / 10 + to / 2);
  expect(amount(steady, 1000, to)).toBeCloseTo(1, 2);
  expect(amount(steady, 3000, to)).toBeLessThan(0.001);
});

test("pieces of any length give the same sound", () => {
  const input = tone(700, 44100, 9000);
  const whole = inPieces(new Resampler(44100, 16000), input, 9000);
  for (const size of [1, 128, 441, 1000]) expect(inPieces(new Resampler(44100, 16000), input, size)).toEqual(whole);
});

test("what the lower rate cannot hold is taken away and does not come back as another tone", () => {
  const out = inPieces(new Resampler(48000, 16000), tone(11000, 48000, 48000), 128).slice(1600);
  expect(amount(out, 5000, 16000)).toBeLessThan(0.001);
});

test("the same rate changes nothing", () => {
  const input = tone(500, 16000, 320);
  expect(new Resampler(16000, 16000).process(input)).toEqual(input);
});
