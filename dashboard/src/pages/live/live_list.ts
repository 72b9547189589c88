// The calls in progress as they are shown: read once, then kept up by the events.
import type { Schemas } from "@/api/client";
import type { LiveEvent, LiveEventType } from "@/api/events";
import { responseMs, type TurnLatencies } from "@/components/conversation/model";

export type LiveCall = Schemas["LiveCall"];

export const liveTypes: LiveEventType[] = [
  "call.started", "call.ended", "transcript.partial", "transcript.final", "turn.completed", "stage.changed",
  "slot.filled",
];

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

// The list after the event; the same one when it tells nothing new.
export function listAfter(calls: readonly LiveCall[], event: LiveEvent): readonly LiveCall[] {
  if (event.type === "call.started") return withStarted(calls, event);
  const index = calls.findIndex((call) => call.id === event.callId);
  if (index < 0) return calls;
  if (event.type === "call.ended") return calls.filter((call) => call.id !== event.callId);
  const change = changeOf(calls[index]!, event);
  if (!change) return calls;
  return calls.map((call, at) => (at === index ? { ...call, ...change } : call));
}

function changeOf(call: LiveCall, { type, data }: LiveEvent): Partial<LiveCall> | null {
  if (type === "transcript.partial" || type === "transcript.final") {
    const line = text(data.text);
    return line && line !== call.lastLine ? { lastLine: line } : null;
  }
  if (type === "turn.completed") {
    const turns = number(data.turn) ?? 0;
    const latencies = (data.latencies ?? {}) as TurnLatencies;
    const waited = data.inputKind === "greeting" ? undefined : responseMs(latencies);
    if (turns <= call.turns && waited === undefined) return null;
    return { turns: Math.max(turns, call.turns), lastResponseMs: waited ?? call.lastResponseMs };
  }
  if (type === "stage.changed") return { stage: text(data.stage) };
  if (type === "slot.filled") return { slots: { ...call.slots, [text(data.name)]: text(data.value) } };
  return null;
}

// Newest first, as the server has them. A stream that came back is the same call.
function withStarted(calls: readonly LiveCall[], { callId, sessionId, at, data }: LiveEvent): readonly LiveCall[] {
  if (calls.some((call) => call.id === callId)) return calls;
  const began = number(data.startedAt);
  const startedAt = began === undefined ? at : new Date(began).toISOString();
  const call: LiveCall = {
    id: callId, sessionId, startedAt,
    direction: data.direction === "outbound" ? "outbound" : "inbound",
    carrier: text(data.carrier), phoneId: text(data.phoneId), agent: text(data.agent), agentVersion: text(data.agentVersion), from: text(data.from), to: text(data.to), carrierCallId: text(data.carrierCallId),
    stage: "", slots: {}, turns: 0, lastResponseMs: null, lastLine: "",
  };
  return [call, ...calls].sort((a, b) => b.startedAt.localeCompare(a.startedAt));
}

export function slotsText(call: LiveCall): string {
  return Object.entries(call.slots)
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ");
}
