import { expect, test } from "vitest";
import type { Schemas } from "@/api/client";
import type { LiveConversation, TranscriptLine } from "@/components/conversation";
import { earlierItems, sinceBegin, slotsBefore, spokenNow, stageBefore, turnsBefore } from "./live_view";

const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, "0")}Z`;
const turn = (number: number) => ({
  number, inputKind: "speech", interrupted: false,
  latencyMs: { endpoint: 600, transcript: null, firstToken: null, firstAudio: 800, sent: 810 },
});
const call = {
  id: "c",
  turns: [turn(0), turn(1)],
  events: [
    { at: at(3), offsetMs: 3000, kind: "stage", detail: "doctor" },
    { at: at(5), offsetMs: 5000, kind: "slot", detail: "day=Monday" },
    { at: at(9), offsetMs: 9000, kind: "stage", detail: "time" },
  ],
} as unknown as Schemas["Call"];
const line = (number: number, speaker: "caller" | "agent", text: string, atMs: number) => ({
  turn: number, speaker, text, atMs, interrupted: false, notHeard: "",
});
const log = { callId: "c", lines: [line(0, "agent", "Hello.", 0), line(1, "caller", "Monday", 2000), line(1, "agent", "Fine.", 4000)], recording: null };
const nothing: LiveConversation = { items: [], stage: "", slots: [], turns: [], escalation: null, calls: [], pending: {} };
const heard = (key: string, speaker: "caller" | "agent", text: string, second: number): TranscriptLine => ({
  kind: "line", key, speaker, text, at: at(second),
});

test("what the log had is shown until the events tell more", () => {
  expect(earlierItems(undefined, call, nothing)).toEqual([]);
  expect(earlierItems(log, call, nothing)).toHaveLength(6);
});

test("a line that the log and the events both have is shown once, an older one of the same words stays", () => {
  const live = { ...nothing, items: [heard("c:3", "agent", "Fine.", 7)], turns: [{ ...turnOf(1) }] };
  const texts = earlierItems(log, call, live).map((item) => (item.kind === "line" ? item.text : item.name));
  expect(texts).toEqual(["Hello.", "Monday", "doctor", "day"]);
  const again = { ...nothing, items: [heard("c:9", "agent", "Hello.", 7)], turns: [{ ...turnOf(4) }] };
  expect(earlierItems(log, call, again).some((item) => item.kind === "line" && item.text === "Hello.")).toBe(true);
});

test("what the agent says when the page is opened is shown until the events tell more", () => {
  expect(spokenNow(log, "Which day?", nothing)).toMatchObject([{ text: "Which day?", speaker: "agent", partial: true }]);
  expect(spokenNow(log, "Fine.", nothing)).toEqual([]);
  expect(spokenNow(log, "", nothing)).toEqual([]);
  expect(spokenNow(undefined, "Which day?", nothing)).toEqual([]);
  expect(spokenNow(log, "Which day?", { ...nothing, items: [heard("c:4", "agent", "Which day?", 8)] })).toEqual([]);
});

test("lines that are told live have the call's own time, too", () => {
  expect(sinceBegin([heard("c:3", "agent", "Fine.", 7)], at(2))[0]).toMatchObject({ text: "Fine.", atMs: 5000 });
});

test("stage and slots go on from the log", () => {
  expect(stageBefore(call)).toBe("time");
  expect(slotsBefore(call, [{ name: "time", value: "ten" }, { name: "day", value: "Tuesday" }])).toEqual([
    { name: "day", value: "Tuesday" }, { name: "time", value: "ten" },
  ]);
});

test("turns are those of the log and of the events, each once", () => {
  const turns = turnsBefore(call, [turnOf(1), turnOf(2)]);
  expect(turns.map((each) => each.number)).toEqual([0, 1, 2]);
  expect(turns[0]!.latencies).toEqual({ endpointMs: 600, firstAudioMs: 800, sentMs: 810 });
});

function turnOf(number: number) {
  return { key: `c:turn:${number}`, callId: "c", number, inputKind: "speech", interrupted: false, latencies: {} };
}
