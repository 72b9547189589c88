import { expect, test } from "vitest";
import { Problem } from "@/api/problem";
import type { ChatEvent } from "./chat_request";
import { chatAfter, chatOf, emptyChat, type ChatHappening, type ChatState } from "./chat_state";
import type { TranscriptItem } from "./model";

const event = (told: ChatEvent, at = 1000): ChatHappening => ({ kind: "event", event: told, at });
const after = (state: ChatState, ...happenings: ChatHappening[]) => happenings.reduce(chatAfter, state);
const shown = (items: TranscriptItem[]) =>
  items.map((item) => (item.kind === "line" ? `${item.speaker}: ${item.text}` : `(${item.about} ${item.name})`));
const done = (more: Partial<Extract<ChatEvent, { kind: "done" }>> = {}): ChatEvent => ({
  kind: "done", sessionId: "s1", agent: "front-desk", reply: "", firstMessage: "", ended: false, ...more,
});

test("an answer is shown as it comes, below the agent's first words and the message", () => {
  const state = after(
    emptyChat,
    { kind: "send", message: "Until when are you open?", at: 1000 },
    event({ kind: "session", sessionId: "s1" }),
    event({ kind: "firstMessage", text: "Hello!" }),
    event({ kind: "delta", text: "Until " }, 1400),
    event({ kind: "delta", text: "six." }, 1500),
  );
  expect(shown(state.items)).toEqual(["agent: Hello!", "caller: Until when are you open?", "agent: Until six."]);
  expect(state).toMatchObject({ sessionId: "s1", answering: true });
  expect(state.items.at(-1)).toMatchObject({ partial: true, latencyMs: 400 });
  const end = after(state, event(done()));
  expect(end.answering).toBe(false);
  expect(end.items.at(-1)).toMatchObject({ partial: false });
  expect(new Set(end.items.map((item) => item.key)).size).toBe(end.items.length);
});

test("what the agent does stands where it did it", () => {
  const state = after(
    emptyChat,
    { kind: "send", message: "Tuesday at ten", at: 0 },
    event({ kind: "action", action: { kind: "slot", name: "day", value: "Tuesday" } }),
    event({ kind: "action", action: { kind: "stage", stage: "confirm" } }),
    event({ kind: "action", action: { kind: "tool", name: "book", tookMs: 120 } }),
    event({ kind: "delta", text: "Done." }),
    event({ kind: "action", action: { kind: "end" } }),
    event(done({ ended: true })),
  );
  expect(shown(state.items)).toEqual([
    "caller: Tuesday at ten", "(slot day)", "(stage confirm)", "(tool book)", "agent: Done.", "(ended )",
  ]);
  expect(state).toMatchObject({ stage: "confirm", slots: [{ name: "day", value: "Tuesday" }], ended: true });
});

test("a message that failed is there once when it is sent again", () => {
  const failed = after(
    emptyChat,
    { kind: "send", message: "Hello?", at: 0 },
    event({ kind: "delta", text: "Hel" }),
    { kind: "failed", error: new Problem(504, "timeout", "the model's answer broke off: try again") },
  );
  expect(failed).toMatchObject({ answering: false, message: "Hello?" });
  expect(failed.items.at(-1)).toMatchObject({ partial: false });
  expect(shown(after(failed, { kind: "send", message: "Hello?", at: 1 }).items)).toEqual(["caller: Hello?"]);
  // Another message leaves it.
  expect(after(failed, { kind: "send", message: "Are you there?", at: 1 }).items).toHaveLength(3);
});

test("a conversation that is taken up again shows what was", () => {
  const at = "2026-01-01T00:00:00Z";
  const state = chatOf({
    id: "s1",
    status: "active",
    messages: [
      { number: 1, role: "user", text: "Tuesday", at, detail: null },
      {
        number: 2, role: "agent", text: "Noted.", at,
        detail: { actions: [{ type: "slot.filled", data: { name: "day", value: "Tuesday" } }, { type: "unheard.of", data: {} }], interrupted: true } as never,
      },
    ],
  });
  expect(shown(state.items)).toEqual(["caller: Tuesday", "(slot day)", "agent: Noted."]);
  expect(state).toMatchObject({ slots: [{ name: "day", value: "Tuesday" }], ended: false, sessionId: "s1" });
  expect(state.items.at(-1)).toMatchObject({ interrupted: true });
});
