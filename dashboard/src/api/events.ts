// What happens on the server, as it happens: one EventSource for each filter, shared by all who watch it. The browser
// comes back by itself with the last id it has seen, so nothing is missed while the server is away for a moment.
import { useEffect, useRef } from "react";
import { heardFromServer, lostServer } from "./connection";

export type LiveEventType =
  | "call.queued" | "call.ringing" | "call.started" | "call.status" | "call.ended"
  | "transcript.partial" | "transcript.final" | "turn.completed"
  | "stage.changed" | "slot.filled" | "tool.used" | "escalation" | "recording.ready" | "chat.message";

export interface LiveEvent {
  id: string;
  type: LiveEventType;
  at: string;
  callId: string;
  sessionId: string;
  data: Record<string, unknown>;
}

export interface EventFilter {
  callId?: string;
  sessionId?: string;
  types?: LiveEventType[];
}

const allTypes: LiveEventType[] = [
  "call.queued", "call.ringing", "call.started", "call.status", "call.ended",
  "transcript.partial", "transcript.final", "turn.completed",
  "stage.changed", "slot.filled", "tool.used", "escalation", "recording.ready", "chat.message",
];

interface Shared {
  source: EventSource;
  listeners: Set<(event: LiveEvent) => void>;
}
const shared = new Map<string, Shared>();

function addressOf(filter: EventFilter): string {
  const query = new URLSearchParams();
  if (filter.callId) query.set("callId", filter.callId);
  if (filter.sessionId) query.set("sessionId", filter.sessionId);
  if (filter.types?.length) query.set("types", filter.types.join(","));
  return query.size > 0 ? `/api/v1/events?${query}` : "/api/v1/events";
}

// Calls `listener` with each event until the function that is returned is called.
export function watchEvents(filter: EventFilter, listener: (event: LiveEvent) => void): () => void {
  const address = addressOf(filter);
  let entry = shared.get(address);
  if (!entry) {
    const source = new EventSource(address);
    const listeners = new Set<(event: LiveEvent) => void>();
    const take = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as LiveEvent;
      for (const each of [...listeners]) each(event);
    };
    for (const type of allTypes) source.addEventListener(type, take as EventListener);
    source.addEventListener("open", heardFromServer);
    // A refusal (a login that has run out) closes the source for good; anything else is a server that is away.
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) lostServer();
    });
    entry = { source, listeners };
    shared.set(address, entry);
  }
  entry.listeners.add(listener);
  const mine = entry;
  return () => {
    mine.listeners.delete(listener);
    if (mine.listeners.size > 0) return;
    mine.source.close();
    shared.delete(address);
  };
}

// The same for a component. `enabled: false` watches nothing.
export function useEvents(filter: EventFilter, listener: (event: LiveEvent) => void, enabled = true) {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  const key = JSON.stringify(filter);
  useEffect(() => {
    if (!enabled) return undefined;
    return watchEvents(JSON.parse(key) as EventFilter, (event) => latest.current(event));
  }, [key, enabled]);
}
