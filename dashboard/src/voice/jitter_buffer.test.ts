import { expect, test } from "vitest";
import { JitterBuffer } from "./jitter_buffer";

const rate = 48000;
const ms = (n: number) => (n * rate) / 1000;

function tone(length: number, from = 0): Float32Array {
  return Float32Array.from({ length }, (_, i) => 0.8 * Math.sin((2 * Math.PI * 300 * (from + i)) / rate));
}

function read(buffer: JitterBuffer, length: number) {
  const sound: number[] = [];
  const marks: Array<{ name: string; at: number }> = [];
  for (let at = 0; at < length; at += 128) {
    const out = new Float32Array(128);
    for (const name of buffer.read(out)) marks.push({ name, at: at + 128 });
    sound.push(...out);
  }
  return { sound, marks };
}

// The largest step from one sample to the next: a click is one.
const steepest = (sound: number[]) => sound.slice(1).reduce((most, sample, i) => Math.max(most, Math.abs(sample - sound[i]!)), 0);
const ofTone = 0.8 * 2 * Math.PI * (300 / rate) * 1.02;

test("what comes in pieces goes out whole", () => {
  const buffer = new JitterBuffer({ sampleRate: rate });
  for (let i = 0; i < 5; ++i) buffer.push(tone(ms(100), i * ms(100)));
  const { sound } = read(buffer, ms(600));
  const expected = tone(ms(500));
  for (let i = ms(10); i < ms(499); ++i) expect(Math.abs(sound[i]! - expected[i]!)).toBeLessThan(1e-6);
  expect(steepest(sound)).toBeLessThan(ofTone);
  expect(buffer.underruns).toBe(0);
});

test("it waits for a store, but not for ever", () => {
  const buffer = new JitterBuffer({ sampleRate: rate, startMs: 60, patienceMs: 80 });
  buffer.push(tone(ms(20)));
  expect(read(buffer, ms(70)).sound.every((sample) => sample === 0)).toBe(true);
  expect(read(buffer, ms(40)).sound.some((sample) => sample !== 0)).toBe(true);
});

test("sound that breaks off anywhere and comes back does not click, and the next store is larger", () => {
  const buffer = new JitterBuffer({ sampleRate: rate, startMs: 60 });
  buffer.push(tone(ms(61) - 37)); // ends near the top of a wave
  const first = read(buffer, ms(100)).sound;
  buffer.push(tone(ms(100), 11));
  expect(buffer.underruns).toBe(1);
  const second = read(buffer, ms(200)).sound;
  expect(steepest([...first, ...second])).toBeLessThan(ofTone * 1.4);
  // A word that begins a good while later is no hole.
  read(buffer, ms(500));
  buffer.push(tone(ms(200)));
  expect(buffer.underruns).toBe(1);
});

test("a mark is reached when all before it has been heard", () => {
  const buffer = new JitterBuffer({ sampleRate: rate });
  buffer.setLatency(0.03);
  buffer.push(tone(ms(100)));
  buffer.mark("one");
  buffer.push(tone(ms(100)));
  buffer.mark("two");
  const { marks } = read(buffer, ms(300));
  expect(marks.map((mark) => mark.name)).toEqual(["one", "two"]);
  expect(Math.abs(marks[0]!.at - ms(130))).toBeLessThanOrEqual(256);
  expect(Math.abs(marks[1]!.at - ms(230))).toBeLessThanOrEqual(256);
});

test("a mark with nothing before it is reached at once", () => {
  const buffer = new JitterBuffer({ sampleRate: rate });
  buffer.mark("empty");
  expect(read(buffer, 128).marks).toHaveLength(1);
});

test("a clear drops what is left with a short fade and gives its marks back in order", () => {
  const buffer = new JitterBuffer({ sampleRate: rate });
  buffer.setLatency(0.05);
  buffer.push(tone(ms(100)));
  buffer.mark("heard");
  buffer.push(tone(ms(400), ms(100)));
  buffer.mark("never");
  const before = read(buffer, ms(120)).sound;
  expect(buffer.clear()).toEqual(["heard", "never"]);
  const after = read(buffer, ms(100)).sound;
  expect(steepest([...before, ...after])).toBeLessThan(ofTone * 1.4);
  expect(after.slice(ms(10)).every((sample) => Math.abs(sample) < 1e-4)).toBe(true);
});

test("what comes right after a clear begins softly", () => {
  const buffer = new JitterBuffer({ sampleRate: rate });
  buffer.push(tone(ms(300)));
  const before = read(buffer, ms(100)).sound;
  buffer.clear();
  buffer.push(tone(ms(300), 40));
  const after = read(buffer, ms(200)).sound;
  expect(steepest([...before, ...after])).toBeLessThan(ofTone * 1.6);
  expect(Math.max(...after.slice(ms(20)))).toBeGreaterThan(0.7);
});

test("it holds no more than two minutes", () => {
  const buffer = new JitterBuffer({ sampleRate: 1000 });
  for (let i = 0; i < 200; ++i) buffer.push(new Float32Array(1000));
  expect(buffer.bufferedMs).toBeLessThanOrEqual(121_000);
});
