// A written conversation: what is there already, what is being answered, what went wrong. Pure.
import type { Schemas } from "@/api/client";
import type { ChatAction, ChatEvent } from "./chat_request";
import { withSlot, type Slot, type TranscriptItem, type TranscriptNote } from "./model";

export interface ChatState {
  items: TranscriptItem[];
  sessionId: string;
  stage: string;
  slots: Slot[];
  escalation: string | null;
  answering: boolean;
  ended: boolean;
  error: unknown;
  // The message that is being answered, or that failed.
  message: string;
  sentAt: number;
}

export type ChatHappening =
  | { kind: "send"; message: string; at: number }
  | { kind: "event"; event: ChatEvent; at: number }
  | { kind: "failed"; error: unknown }
  | { kind: "stopped" }
  | { kind: "loaded"; session: Schemas["Session"] }
  | { kind: "new" };

export const emptyChat: ChatState = {
  items: [], sessionId: "", stage: "", slots: [], escalation: null, answering: false, ended: false, error: null, message: "", sentAt: 0,
};

const iso = (at: number) => new Date(at).toISOString();

function withAction(state: ChatState, action: ChatAction, at: string): ChatState {
  const key = `${state.items.length}`;
  const note = (rest: Omit<TranscriptNote, "kind" | "key" | "at">): TranscriptItem[] => [
    ...closed(state.items),
    { kind: "note", key, at, ...rest },
  ];
  switch (action.kind) {
    case "stage":
      return { ...state, stage: action.stage ?? "", items: note({ about: "stage", name: action.stage ?? "" }) };
    case "slot":
      return {
        ...state,
        slots: withSlot(state.slots, action.name ?? "", action.value ?? ""),
        items: note({ about: "slot", name: action.name ?? "", value: action.value }),
      };
    case "tool":
      return { ...state, items: note({ about: "tool", name: action.name ?? "", failed: action.failed, tookMs: action.tookMs }) };
    case "escalation":
      return { ...state, escalation: action.reason ?? "", items: note({ about: "escalation", name: action.reason ?? "" }) };
    case "end":
      return { ...state, ended: true, items: note({ about: "ended", name: "" }) };
    default:
      return state;
  }
}

// No line is being written any more.
function closed(items: TranscriptItem[]): TranscriptItem[] {
  return items.map((item) => (item.kind === "line" && item.partial ? { ...item, partial: false } : item));
}

// Whether the agent has said something since the last message.
function answered(items: TranscriptItem[]): boolean {
  for (let i = items.length - 1; i >= 0; --i) {
    const item = items[i]!;
    if (item.kind === "line") return item.speaker === "agent";
  }
  return false;
}

function withDelta(state: ChatState, text: string, at: number): ChatState {
  const last = state.items.at(-1);
  if (last?.kind === "line" && last.speaker === "agent" && last.partial)
    return { ...state, items: [...state.items.slice(0, -1), { ...last, text: last.text + text }] };
  const first = !answered(state.items);
  return {
    ...state,
    items: [
      ...state.items,
      {
        kind: "line", key: `${state.items.length}`, speaker: "agent", text, partial: true, at: iso(at),
        latencyMs: first ? at - state.sentAt : undefined,
      },
    ],
  };
}

function withEvent(state: ChatState, event: ChatEvent, at: number): ChatState {
  switch (event.kind) {
    case "session":
      return { ...state, sessionId: event.sessionId };
    case "firstMessage": {
      // It was there before the first message was: it stands above it.
      if (!event.text) return state;
      const line: TranscriptItem = { kind: "line", key: "first", speaker: "agent", text: event.text, at: iso(at) };
      return { ...state, items: [...state.items.slice(0, -1), line, ...state.items.slice(-1)] };
    }
    case "delta":
      return withDelta(state, event.text, at);
    case "action":
      return withAction(state, event.action, iso(at));
    case "done":
      return { ...state, items: closed(state.items), sessionId: event.sessionId, answering: false, ended: state.ended || event.ended, message: "" };
  }
}

interface MessageDetail {
  actions?: Array<{ type: string; data: Record<string, unknown> }>;
  interrupted?: boolean;
}

const actionKinds: Record<string, ChatAction["kind"]> = {
  "stage.changed": "stage", "slot.filled": "slot", "tool.used": "tool", escalation: "escalation", ended: "end",
};

// What a session holds, as it was when it was written.
export function chatOf(session: Pick<Schemas["Session"], "id" | "status" | "messages">): ChatState {
  let state: ChatState = { ...emptyChat, sessionId: session.id };
  for (const message of session.messages) {
    const detail = (message.detail ?? {}) as MessageDetail;
    for (const action of detail.actions ?? []) {
      const kind = actionKinds[action.type];
      if (kind) state = withAction(state, { ...action.data, kind } as ChatAction, message.at);
    }
    if (message.role === "tool") continue;
    state.items = [
      ...state.items,
      {
        kind: "line",
        key: `${state.items.length}`,
        speaker: message.role === "agent" ? "agent" : "caller",
        text: message.text,
        at: message.at,
        interrupted: detail.interrupted || undefined,
      },
    ];
  }
  return { ...state, ended: session.status === "ended" };
}

// A message that is sent again stands there once.
function withoutLastMessage(items: TranscriptItem[]): TranscriptItem[] {
  for (let i = items.length - 1; i >= 0; --i) {
    const item = items[i]!;
    if (item.kind === "line" && item.speaker === "caller") return items.slice(0, i);
  }
  return items;
}

export function chatAfter(state: ChatState, happening: ChatHappening): ChatState {
  switch (happening.kind) {
    case "send": {
      const items = state.error !== null && state.message === happening.message ? withoutLastMessage(state.items) : state.items;
      return {
        ...state,
        error: null,
        answering: true,
        message: happening.message,
        sentAt: happening.at,
        items: [...items, { kind: "line", key: `${items.length}`, speaker: "caller", text: happening.message, at: iso(happening.at) }],
      };
    }
    case "event":
      return withEvent(state, happening.event, happening.at);
    case "failed":
      return { ...state, items: closed(state.items), answering: false, error: happening.error };
    case "stopped":
      return { ...state, items: closed(state.items), answering: false, message: "" };
    case "loaded":
      return chatOf(happening.session);
    case "new":
      return emptyChat;
  }
}
