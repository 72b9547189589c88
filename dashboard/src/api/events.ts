// What happens on the server, as it happens: one EventSource for each filter, shared by all who watch it. The browser
// comes back by itself with the last id it has seen, so nothing is missed while the server is away for a moment.
import { useEffect, useRef } from "react";
import { heardEventsAgain, heardFromServer, lostServer, onReturn } from "./connection";

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
  source: EventSource | null;
  listeners: Set<(event: LiveEvent) => void>;
  opened: Set<() => void>;
  retry?: ReturnType<typeof setTimeout>;
  waitMs: number;
  // Since it was open last.
  broken: boolean;
}
const shared = new Map<string, Shared>();

const firstWaitMs = 2000;
const mostWaitMs = 30_000;

function addressOf(filter: EventFilter): string {
  const query = new URLSearchParams();
  if (filter.callId) query.set("callId", filter.callId);
  if (filter.sessionId) query.set("sessionId", filter.sessionId);
  if (filter.types?.length) query.set("types", filter.types.join(","));
  return query.size > 0 ? `/api/v1/events?${query}` : "/api/v1/events";
}

function open(address: string, entry: Shared) {
  const source = new EventSource(address);
  entry.source = source;
  const take = (message: MessageEvent<string>) => {
    const event = JSON.parse(message.data) as LiveEvent;
    for (const each of [...entry.listeners]) each(event);
  };
  for (const type of allTypes) source.addEventListener(type, take as EventListener);
  source.addEventListener("open", () => {
    entry.waitMs = firstWaitMs;
    if (entry.broken) heardEventsAgain();
    else heardFromServer();
    entry.broken = false;
    for (const each of [...entry.opened]) each();
  });
  source.addEventListener("error", () => {
    entry.broken = true;
    if (source.readyState !== EventSource.CLOSED) return lostServer();
    // An answer that is no stream closes it for good: a login that has run out, or a proxy whose server is away.
    entry.retry = setTimeout(() => open(address, entry), entry.waitMs);
    entry.waitMs = Math.min(mostWaitMs, entry.waitMs * 2);
  });
}

// Whatever else has reached the server again: what happens from now on is not to be missed.
onReturn(() => {
  for (const [address, entry] of shared) {
    if (entry.source?.readyState !== EventSource.CLOSED) continue;
    clearTimeout(entry.retry);
    open(address, entry);
  }
});

// Calls `listener` with each event until the function that is returned is called. `onOpen`: from now on nothing is
// missed; what happened before is to be asked for.
export function watchEvents(filter: EventFilter, listener: (event: LiveEvent) => void, onOpen?: () => void): () => void {
  const address = addressOf(filter);
  let entry = shared.get(address);
  if (!entry) {
    entry = { source: null, listeners: new Set(), opened: new Set(), waitMs: firstWaitMs, broken: false };
    open(address, entry);
    shared.set(address, entry);
  }
  entry.listeners.add(listener);
  if (onOpen) entry.opened.add(onOpen);
  const mine = entry;
  return () => {
    mine.listeners.delete(listener);
    if (onOpen) mine.opened.delete(onOpen);
    if (mine.listeners.size > 0) return;
    clearTimeout(mine.retry);
    mine.source?.close();
    shared.delete(address);
  };
}

// The same for a component. `enabled: false` watches nothing.
export function useEvents(filter: EventFilter, listener: (event: LiveEvent) => void, enabled = true, onOpen?: () => void) {
  const latest = useRef(listener);
  const latestOpen = useRef(onOpen);
  useEffect(() => {
    latest.current = listener;
    latestOpen.current = onOpen;
  });
  const key = JSON.stringify(filter);
  useEffect(() => {
    if (!enabled) return undefined;
    return watchEvents(
      JSON.parse(key) as EventFilter,
      (event) => latest.current(event),
      () => latestOpen.current?.(),
    );
  }, [key, enabled]);
}
