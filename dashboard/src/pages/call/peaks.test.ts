import { expect, test } from "vitest";
import { Peaks, readPeaks, type PeaksSoFar, type ReadRange } from "./peaks";
import { durationOf, parseWav } from "./wav";

function wav(samples: Int16Array, channels = 2, { size = samples.byteLength, before = "", bits = 16 } = {}): ArrayBuffer {
  const extra = before ? 8 + before.length + (before.length % 2) : 0;
  const bytes = new ArrayBuffer(44 + extra + samples.byteLength);
  const view = new DataView(bytes);
  const text = (at: number, value: string) => [...value].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, bytes.byteLength - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 8000, true);
  view.setUint16(34, bits, true);
  if (extra) {
    text(36, "LIST");
    view.setUint32(40, before.length, true);
    text(44, before);
  }
  text(36 + extra, "data");
  view.setUint32(40 + extra, size, true);
  new Uint8Array(bytes, 44 + extra).set(new Uint8Array(samples.buffer));
  return bytes;
}
const ranges = (file: ArrayBuffer, asked: Array<[number, number]> = []): ReadRange => async (from, to) => {
  asked.push([from, to]);
  return { bytes: file.slice(from, to + 1), total: file.byteLength };
};
async function all(read: ReadRange, bins: number): Promise<Array<PeaksSoFar | null>> {
  const seen = [];
  for await (const so of readPeaks(read, bins)) seen.push(so && { ...so, channels: so.channels.map((each) => each.slice()) });
  return seen;
}

test("the head is read, with other parts before the sound", () => {
  const file = wav(new Int16Array(16_000), 2, { before: "INFOsoftware" });
  const format = parseWav(file.slice(0, 200), file.byteLength)!;
  expect(format).toEqual({ channels: 2, sampleRateHz: 8000, dataOffset: 64, dataBytes: 32_000 });
  expect(durationOf(format)).toBe(1);
});

test("a recording that was never closed is as long as its file, one that says too much as well", () => {
  for (const size of [0, 0xffffffff, 1_000_000]) {
    const file = wav(new Int16Array(100), 2, { size });
    expect(parseWav(file, file.byteLength)?.dataBytes).toBe(200);
  }
});

test("what is no such recording is refused", () => {
  expect(parseWav(new TextEncoder().encode("<html>no</html>").buffer as ArrayBuffer, 15)).toBeNull();
  expect(parseWav(new ArrayBuffer(4), 4)).toBeNull();
  const bytes24 = wav(new Int16Array(10), 2, { bits: 24 });
  expect(parseWav(bytes24, bytes24.byteLength)).toBeNull();
});

test("each side has its own peaks, and a peak stays whatever follows", () => {
  const peaks = new Peaks({ channels: 2, sampleRateHz: 8000, dataOffset: 44, dataBytes: 16 }, 2);
  peaks.add(new Int16Array([100, 0, -16384, 0]), 0);
  peaks.add(new Int16Array([0, 8192, 0, -32768]), 2);
  expect([...peaks.channels[0]!]).toEqual([0.5, 0]);
  expect([...peaks.channels[1]!]).toEqual([0, 1]);
});

test("a long recording is read in pieces, and told as it goes", async () => {
  const samples = new Int16Array(1_300_000);
  samples[0] = 16384; // the caller at the very beginning
  samples[samples.length - 1] = -32768; // the agent at the very end
  const asked: Array<[number, number]> = [];
  const seen = await all(ranges(wav(samples), asked), 100);
  expect(asked.slice(1).every(([from, to]) => to - from < 1 << 20)).toBe(true);
  expect(seen).toHaveLength(3);
  expect(seen.map((so) => so!.share > 0.99)).toEqual([false, false, true]);
  expect(seen[0]!.channels[0]![0]).toBe(0.5);
  expect(seen[0]!.channels[1]![99]).toBe(0);
  expect(seen[2]!.channels[1]![99]).toBe(1);
  expect(seen[2]!.durationS).toBeCloseTo(81.25);
});

test("a recording without sound and what is none cannot be drawn", async () => {
  expect(await all(ranges(wav(new Int16Array(0))), 10)).toEqual([null]);
  expect(await all(ranges(new TextEncoder().encode("not a recording at all").buffer as ArrayBuffer), 10)).toEqual([null]);
});
