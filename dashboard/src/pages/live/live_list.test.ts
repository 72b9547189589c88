import { expect, test } from "vitest";
import type { LiveEvent, LiveEventType } from "@/api/events";
import { listAfter, type LiveCall } from "./live_list";

let count = 0;
const event = (type: LiveEventType, callId: string, data: Record<string, unknown> = {}): LiveEvent => ({
  id: `e${++count}`, type, callId, sessionId: `s-${callId}`, at: "2026-01-01T00:00:09Z", data,
});
const started = (callId: string, second: number) =>
  event("call.started", callId, { startedAt: Date.UTC(2026, 0, 1, 0, 0, second), from: "1", to: "2", agent: "desk", carrierCallId: "x" });
const after = (...events: LiveEvent[]) => events.reduce<readonly LiveCall[]>(listAfter, []);

test("calls come, newest first, and go", () => {
  const calls = after(started("a", 1), started("b", 3), started("c", 2));
  expect(calls.map((call) => call.id)).toEqual(["b", "c", "a"]);
  expect(calls[0]).toMatchObject({ agent: "desk", from: "1", sessionId: "s-b", turns: 0, startedAt: "2026-01-01T00:00:03.000Z" });
  expect(listAfter(calls, event("call.ended", "b")).map((call) => call.id)).toEqual(["c", "a"]);
});

test("the last line is that which is being spoken", () => {
  const calls = after(
    started("a", 1),
    event("transcript.partial", "a", { text: "until" }),
    event("transcript.partial", "a", { text: "until when" }),
  );
  expect(calls[0]!.lastLine).toBe("until when");
  // An answer of which nothing was heard ends with nothing.
  expect(listAfter(calls, event("transcript.final", "a", { text: "" }))[0]!.lastLine).toBe("until when");
});

test("turns, stage, slots and the last wait follow", () => {
  const calls = after(
    started("a", 1),
    event("turn.completed", "a", { turn: 0, inputKind: "greeting", latencies: { sentMs: 3 } }),
    event("turn.completed", "a", { turn: 2, inputKind: "speech", latencies: { endpointMs: 600, sentMs: 900 } }),
    event("turn.completed", "a", { turn: 1 }),
    event("stage.changed", "a", { stage: "day" }),
    event("slot.filled", "a", { name: "day", value: "Monday" }),
  );
  expect(calls[0]).toMatchObject({ turns: 2, stage: "day", slots: { day: "Monday" }, lastResponseMs: 900 });
});

test("what is told twice, and what is of other calls, changes nothing", () => {
  const calls = after(started("a", 1), event("transcript.partial", "a", { text: "hello" }));
  expect(listAfter(calls, started("a", 1))).toBe(calls);
  expect(listAfter(calls, event("transcript.final", "a", { text: "hello" }))).toBe(calls);
  expect(listAfter(calls, event("transcript.final", "z", { text: "hello" }))).toBe(calls);
  expect(listAfter(calls, event("call.ended", "z"))).toBe(calls);
});
