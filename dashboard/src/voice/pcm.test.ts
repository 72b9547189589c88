import { expect, test } from "vitest";
import { Framer } from "./framer";
import { meterOf, pcmOf, rms, samplesOf } from "./pcm";

test("samples keep their value on the line, and what is too loud is clipped", () => {
  const back = samplesOf(pcmOf(Float32Array.of(0, 0.5, -0.5, 2, -2)));
  expect([...back].map((sample) => Math.round(sample * 100) / 100)).toEqual([0, 0.5, -0.5, 1, -1]);
  expect([...new Uint8Array(pcmOf(Float32Array.of(1)))]).toEqual([0xff, 0x7f]);
});

test("half a sample at the end is no sample", () => {
  expect(samplesOf(new ArrayBuffer(5))).toHaveLength(2);
});

test("frames have one length, however the samples come", () => {
  const framer = new Framer(4);
  const frames: number[][] = [];
  const take = (frame: Float32Array) => frames.push([...frame]);
  framer.push(Float32Array.of(1, 2, 3), take);
  framer.push(Float32Array.of(4, 5, 6, 7, 8, 9), take);
  expect(frames).toEqual([[1, 2, 3, 4], [5, 6, 7, 8]]);
});

test("a meter is empty for silence and full for loud speech", () => {
  expect(meterOf(rms(new Float32Array(100)))).toBe(0);
  expect(meterOf(rms(new Float32Array(100).fill(0.7)))).toBe(1);
  expect(meterOf(0.03)).toBeGreaterThan(0.4);
});
