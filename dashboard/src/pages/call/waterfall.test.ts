import { expect, test } from "vitest";
import { barsOf, median, responses, scaleOf, type Latency, type Turn } from "./waterfall";

const none: Latency = { endpoint: null, transcript: null, firstToken: null, firstAudio: null, sent: null };
const turn = (latencyMs: Partial<Latency>, inputKind = "speech") =>
  ({ number: 1, inputKind, latencyMs: { ...none, ...latencyMs } }) as Turn;

test("each bar is what its stage added", () => {
  const bars = barsOf({ endpoint: 600, transcript: 650, firstToken: 1000, firstAudio: 1250, sent: 1260 });
  expect(bars.map((bar) => bar.toMs - bar.fromMs)).toEqual([600, 50, 350, 250, 10]);
  expect(bars.at(-1)!.toMs).toBe(1260);
});

test("stages that did not happen leave no hole", () => {
  expect(barsOf({ ...none, endpoint: 600, firstAudio: 900, sent: 905 }).map((bar) => [bar.stage, bar.fromMs, bar.toMs])).toEqual([
    ["endpoint", 0, 600], ["firstAudio", 600, 900], ["sent", 900, 905],
  ]);
  expect(barsOf(none)).toEqual([]);
});

test("a transcript that came before the silence was long enough added nothing", () => {
  const bars = barsOf({ ...none, endpoint: 600, transcript: 420, sent: 800 });
  expect(bars.map((bar) => [bar.stage, bar.fromMs, bar.toMs])).toEqual([
    ["endpoint", 0, 600], ["transcript", 600, 600], ["sent", 600, 800],
  ]);
});

test("the response time leaves greetings out, and takes what was heard first", () => {
  const turns = [turn({ sent: 3 }, "greeting"), turn({ firstAudio: 900 }), turn({ firstAudio: 700, sent: 800 }), turn({})];
  expect(responses(turns)).toEqual([900, 800]);
  expect(median(responses(turns))).toBe(850);
  expect(median([])).toBeNull();
});

test("the scale ends at a round number behind the longest turn", () => {
  expect(scaleOf([turn({ sent: 1260 }), turn({ sent: 400 })])).toEqual({ endMs: 1500, stepMs: 250 });
  expect(scaleOf([turn({ sent: 2 })])).toEqual({ endMs: 10, stepMs: 10 });
  expect(scaleOf([])).toEqual({ endMs: 10, stepMs: 10 });
  const long = scaleOf([turn({ sent: 1_000_000 })]);
  expect(long.endMs / long.stepMs).toBeLessThanOrEqual(6);
});
