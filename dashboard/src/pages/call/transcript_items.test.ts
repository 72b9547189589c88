import { expect, test } from "vitest";
import type { Schemas } from "@/api/client";
import { itemsOf, lineAt, writtenItems, type CallTranscript } from "./transcript_items";

const line = (turn: number, speaker: "caller" | "agent", atMs: number, more = {}) => ({
  turn, speaker, text: `${speaker} ${turn}`, atMs, interrupted: false, notHeard: "", ...more,
});
const transcript = (...lines: CallTranscript["lines"]): CallTranscript => ({ callId: "c", lines, recording: null });
const event = (kind: string, detail: string, offsetMs: number) => ({ at: "2026-01-01T00:00:00Z", offsetMs, kind, detail });
const call = (events: Schemas["CallEvent"][] = [], turns: unknown[] = []) => ({ events, turns }) as Schemas["Call"];

const conversation = transcript(
  line(0, "agent", 0),
  line(1, "caller", 4000),
  line(1, "agent", 7400, { interrupted: true, notHeard: "and on Sundays" }),
  line(2, "caller", 9000),
);

test("lines and what happened stand in the order in which they happened", () => {
  const items = itemsOf(conversation, call([event("stage", "doctor", 5000), event("slot", "day=Monday", 9500), event("dtmf", "5", 100)]));
  expect(items.map(({ item }) => item.key)).toEqual(["0:agent", "1:caller", "event:0", "1:agent", "2:caller", "event:1"]);
  expect(items[3]!.item).toMatchObject({ interrupted: true, notHeard: "and on Sundays" });
  expect(items[5]!.item).toMatchObject({ about: "slot", name: "day", value: "Monday" });
});

test("an answer tells how long it took, a greeting does not", () => {
  const latencyMs = { endpoint: 600, transcript: 610, firstToken: 700, firstAudio: 800, sent: 810 };
  const items = itemsOf(conversation, call([], [{ number: 0, latencyMs }, { number: 1, latencyMs }]));
  const found = (key: string) => items.find(({ item }) => item.key === key)!.item as { latencyMs?: number };
  expect(found("0:agent").latencyMs).toBeUndefined();
  expect(found("1:agent").latencyMs).toBe(810);
  expect(found("1:caller").latencyMs).toBeUndefined();
});

test("an answer that nobody heard is shown as such, a line without words not at all", () => {
  const latencyMs = { endpoint: null, transcript: null, firstToken: null, firstAudio: null, sent: null };
  const said = transcript(line(1, "caller", 0), line(1, "agent", 0, { text: "" }), line(2, "agent", 9, { text: "" }));
  const items = itemsOf(said, call([], [{ number: 1, latencyMs, agentText: "We call back." }, { number: 2, latencyMs, agentText: "" }]));
  expect(items.map(({ item }) => item.key)).toEqual(["1:caller", "1:agent"]);
  expect(items[1]!.item).toMatchObject({ text: "", notHeard: "We call back." });
});

test("the line that is heard is the last that has begun, whatever happened since", () => {
  const items = itemsOf(conversation, call([event("stage", "doctor", 5000)]));
  expect(lineAt(items, 0)).toBe("0:agent");
  expect(lineAt(items, 3999)).toBe("0:agent");
  expect(lineAt(items, 4000)).toBe("1:caller");
  expect(lineAt(items, 6000)).toBe("1:caller");
  expect(lineAt(items, 7400)).toBe("1:agent");
  expect(lineAt(items, 1e9)).toBe("2:caller");
  expect(lineAt(itemsOf(transcript(line(1, "caller", 500)), call()), 100)).toBeUndefined();
  expect(lineAt([], 100)).toBeUndefined();
});

test("what another recogniser wrote down is in step, too", () => {
  const items = writtenItems({
    vendor: "v", model: "m", madeAt: "", error: "",
    segments: [
      { channel: "agent", start: 2.5, end: 3, text: "two" },
      { channel: "caller", start: 0.25, end: 2, text: "one" },
    ],
  });
  expect(items.map(({ item, atMs }) => [item.kind === "line" && item.text, atMs])).toEqual([["one", 250], ["two", 2500]]);
  expect(lineAt(items, 300)).toBe("segment:1");
});
