// A conversation as its live events tell it, call after call: pure, one event after the other.
import type { LiveEvent } from "@/api/events";
import {
  notHeardOf, responseMs, withSlot,
  type LiveTurn, type Slot, type TranscriptItem, type TranscriptLine, type TranscriptNote, type TurnLatencies,
} from "./model";

export interface LiveCallState {
  id: string;
  ended: boolean;
  reason: string;
  durationMs: number | null;
}

export interface LiveConversation {
  items: TranscriptItem[];
  stage: string;
  slots: Slot[];
  turns: LiveTurn[];
  // Why a person was asked for; null: nobody was.
  escalation: string | null;
  calls: LiveCallState[];
  // A turn is told before the last word on its line.
  pending: Record<string, { turn: LiveTurn; notHeard: string }>;
}

export const emptyConversation: LiveConversation = {
  items: [], stage: "", slots: [], turns: [], escalation: null, calls: [], pending: {},
};

// Longer conversations lose their beginning: the page must stay quick however long it is open.
const mostItems = 2000;

const text = (value: unknown) => (typeof value === "string" ? value : "");
const number = (value: unknown) => (typeof value === "number" ? value : 0);

function put(items: TranscriptItem[], item: TranscriptItem): TranscriptItem[] {
  // What changes is near the end.
  for (let i = items.length - 1; i >= 0; --i)
    if (items[i]!.key === item.key) return [...items.slice(0, i), item, ...items.slice(i + 1)];
  return items.length < mostItems ? [...items, item] : [...items.slice(items.length - mostItems + 1), item];
}

function onLine(state: LiveConversation, event: LiveEvent): LiveConversation {
  const key = `${event.callId}:${number(event.data.line)}`;
  const final = event.type === "transcript.final";
  const line: TranscriptLine = {
    kind: "line",
    key,
    speaker: event.data.speaker === "agent" ? "agent" : "caller",
    text: text(event.data.text),
    at: event.at,
  };
  const before = state.items.find((item) => item.key === key);
  if (before?.at) line.at = before.at;
  if (!final) return { ...state, items: put(state.items, { ...line, partial: true }) };
  if (line.speaker === "caller") return { ...state, items: put(state.items, line) };

  const told = state.pending[event.callId];
  const { [event.callId]: _, ...pending } = state.pending;
  if (told) {
    line.turn = told.turn.number;
    line.latencyMs = responseMs(told.turn.latencies);
    if (told.notHeard) line.notHeard = told.notHeard;
  }
  if (event.data.interrupted === true) line.interrupted = true;
  const nothing = !line.text && !line.notHeard;
  const items = nothing ? state.items.filter((item) => item.key !== key) : put(state.items, line);
  return { ...state, items, pending };
}

function onTurn(state: LiveConversation, event: LiveEvent): LiveConversation {
  const { data } = event;
  const interrupted = data.interrupted === true;
  const turn: LiveTurn = {
    key: `${event.callId}:turn:${number(data.turn)}`,
    callId: event.callId,
    number: number(data.turn),
    inputKind: text(data.inputKind),
    interrupted,
    latencies: (data.latencies ?? {}) as TurnLatencies,
  };
  const notHeard = notHeardOf(interrupted, text(data.agentText), text(data.agentHeard));
  return {
    ...state,
    turns: [...state.turns.filter((each) => each.key !== turn.key), turn],
    pending: { ...state.pending, [event.callId]: { turn, notHeard } },
  };
}

function withNote(state: LiveConversation, event: LiveEvent, note: Omit<TranscriptNote, "kind" | "key" | "at">): LiveConversation {
  return { ...state, items: put(state.items, { kind: "note", key: event.id, at: event.at, ...note }) };
}

function withCall(state: LiveConversation, call: LiveCallState): LiveConversation {
  const known = state.calls.some((each) => each.id === call.id);
  return { ...state, calls: known ? state.calls.map((each) => (each.id === call.id ? call : each)) : [...state.calls, call] };
}

// Nothing of these lines is being spoken any more.
function closed(items: TranscriptItem[], which: (callId: string) => boolean): TranscriptItem[] {
  return items.map((item) =>
    item.kind === "line" && item.partial && which(item.key.split(":")[0]!) ? { ...item, partial: false } : item,
  );
}

function onStarted(state: LiveConversation, event: LiveEvent): LiveConversation {
  // Another call of the same conversation: its connection had been lost, perhaps with the server that would have said so.
  const resumed = state.calls.some((call) => call.id !== event.callId);
  const items = closed(state.items, (callId) => callId !== event.callId);
  const call = { id: event.callId, ended: false, reason: "", durationMs: null };
  return withNote(withCall({ ...state, items }, call), event, {
    about: resumed ? "resumed" : "started",
    name: text(event.data.agent),
  });
}

function onEnded(state: LiveConversation, event: LiveEvent): LiveConversation {
  const reason = text(event.data.reason);
  const items = closed(state.items, (callId) => callId === event.callId);
  const call = { id: event.callId, ended: true, reason, durationMs: number(event.data.durationMs) };
  return withNote(withCall({ ...state, items }, call), event, { about: "ended", name: reason });
}

export function conversationAfter(state: LiveConversation, event: LiveEvent): LiveConversation {
  const { data } = event;
  switch (event.type) {
    case "call.started":
      return onStarted(state, event);
    case "transcript.partial":
    case "transcript.final":
      return onLine(state, event);
    case "turn.completed":
      return onTurn(state, event);
    case "stage.changed":
      return withNote({ ...state, stage: text(data.stage) }, event, { about: "stage", name: text(data.stage) });
    case "slot.filled":
      return withNote({ ...state, slots: withSlot(state.slots, text(data.name), text(data.value)) }, event, {
        about: "slot",
        name: text(data.name),
        value: text(data.value),
      });
    case "tool.used":
      return withNote(state, event, {
        about: "tool",
        name: text(data.name),
        failed: data.failed === true,
        tookMs: typeof data.tookMs === "number" ? data.tookMs : undefined,
      });
    case "escalation":
      return withNote({ ...state, escalation: text(data.reason) }, event, { about: "escalation", name: text(data.reason) });
    case "call.ended":
      return onEnded(state, event);
    default:
      return state;
  }
}
