import { expect, test } from "vitest";
import type { LiveEvent, LiveEventType } from "@/api/events";
import { conversationAfter, emptyConversation, type LiveConversation } from "./live_conversation";
import type { TranscriptLine } from "./model";

let count = 0;
function event(type: LiveEventType, data: Record<string, unknown>, callId = "c1"): LiveEvent {
  return { id: `e${++count}`, type, at: `2026-01-01T00:00:${String(count % 60).padStart(2, "0")}Z`, callId, sessionId: "s1", data };
}
const after = (...events: LiveEvent[]): LiveConversation => events.reduce(conversationAfter, emptyConversation);
const lines = (state: LiveConversation) => state.items.filter((item): item is TranscriptLine => item.kind === "line");

test("partial text grows in its line and the final one takes its place", () => {
  const state = after(
    event("transcript.partial", { line: 1, speaker: "caller", text: "until" }),
    event("transcript.partial", { line: 1, speaker: "caller", text: "until when" }),
    event("transcript.final", { line: 1, speaker: "caller", text: "Until when are you open?", interrupted: false }),
  );
  expect(lines(state)).toHaveLength(1);
  expect(lines(state)[0]).toMatchObject({ text: "Until when are you open?", speaker: "caller" });
  expect(lines(state)[0]!.partial).toBeUndefined();
});

test("an interrupted answer shows what was heard, and apart what was not", () => {
  const state = after(
    event("transcript.partial", { line: 2, speaker: "agent", text: "We are open until six." }),
    event("turn.completed", {
      turn: 1, inputKind: "speech", agentText: "We are open until six.", agentHeard: "We are", interrupted: true,
      latencies: { endpointMs: 300, sentMs: 812 },
    }),
    event("transcript.final", { line: 2, speaker: "agent", text: "We are", interrupted: true }),
  );
  expect(lines(state)[0]).toMatchObject({ text: "We are", notHeard: "open until six.", interrupted: true, latencyMs: 812, turn: 1 });
  expect(state.turns).toMatchObject([{ number: 1, latencies: { sentMs: 812 } }]);
});

test("an answer of which nothing was heard is shown all the same, one that never was is not", () => {
  const cut = after(
    event("turn.completed", { turn: 1, agentText: "Good morning.", agentHeard: "", interrupted: true, latencies: {} }),
    event("transcript.final", { line: 1, speaker: "agent", text: "", interrupted: true }),
  );
  expect(lines(cut)[0]).toMatchObject({ text: "", notHeard: "Good morning." });
  const none = after(
    event("turn.completed", { turn: 1, agentText: "", agentHeard: "", interrupted: true, latencies: {} }),
    event("transcript.final", { line: 1, speaker: "agent", text: "", interrupted: true }),
  );
  expect(lines(none)).toEqual([]);
});

test("a turn's latency belongs to the answer of its own call", () => {
  const state = after(
    event("turn.completed", { turn: 4, agentText: "One.", agentHeard: "One.", interrupted: false, latencies: { sentMs: 1 } }, "c1"),
    event("transcript.final", { line: 1, speaker: "agent", text: "Two.", interrupted: false }, "c2"),
    event("transcript.final", { line: 1, speaker: "agent", text: "One.", interrupted: false }, "c1"),
  );
  expect(lines(state).map((line) => [line.text, line.latencyMs])).toEqual([["Two.", undefined], ["One.", 1]]);
});

test("stage, slots, tools and escalation are known and stand between the lines", () => {
  const state = after(
    event("call.started", { agent: "front-desk" }),
    event("stage.changed", { stage: "collect" }),
    event("slot.filled", { name: "day", value: "Monday" }),
    event("slot.filled", { name: "time", value: "ten" }),
    event("slot.filled", { name: "day", value: "Tuesday" }),
    event("tool.used", { name: "book", failed: true }),
    event("escalation", { reason: "asked for by the caller" }),
  );
  expect(state.stage).toBe("collect");
  expect(state.slots).toEqual([{ name: "day", value: "Tuesday" }, { name: "time", value: "ten" }]);
  expect(state.escalation).toBe("asked for by the caller");
  expect(state.items.map((item) => (item.kind === "note" ? item.about : item.kind))).toEqual([
    "started", "stage", "slot", "slot", "slot", "tool", "escalation",
  ]);
});

test("an event that is told again changes nothing, and the end closes what was open", () => {
  const end = event("call.ended", { reason: "caller hung up", durationMs: 4000 });
  const state = after(event("call.started", {}), event("transcript.partial", { line: 1, speaker: "caller", text: "bye" }), end, end);
  expect(state.items.filter((item) => item.kind === "note" && item.about === "ended")).toHaveLength(1);
  expect(lines(state)[0]!.partial).toBe(false);
  expect(state.calls).toEqual([{ id: "c1", ended: true, reason: "caller hung up", durationMs: 4000 }]);
});

test("a call that goes on over another connection closes what the first left open", () => {
  const state = after(
    event("call.started", { agent: "front-desk" }, "c1"),
    event("transcript.partial", { line: 1, speaker: "agent", text: "Sure." }, "c1"),
    event("call.started", { agent: "front-desk" }, "c2"),
    event("transcript.partial", { line: 1, speaker: "caller", text: "Monday" }, "c2"),
  );
  expect(lines(state).map((line) => line.partial)).toEqual([false, true]);
  expect(state.items.map((item) => (item.kind === "note" ? item.about : item.text))).toEqual(["started", "Sure.", "resumed", "Monday"]);
});

test("a conversation without end keeps only its newer part", () => {
  let state = emptyConversation;
  for (let i = 0; i < 2100; ++i)
    state = conversationAfter(state, event("transcript.final", { line: i, speaker: "caller", text: `word ${i}` }));
  expect(state.items).toHaveLength(2000);
  expect(lines(state).at(-1)!.text).toBe("word 2099");
});
