// The log and the live events of one call, put together without saying anything twice.
import type { LiveConversation, LiveTurn, Slot, TranscriptItem, TurnLatencies } from "@/components/conversation";
import type { Schemas } from "@/api/client";
import { itemsOf, type CallTranscript } from "./transcript_items";
import { stages, type Latency } from "./waterfall";

type Call = Pick<Schemas["Call"], "id" | "turns" | "events">;

// What the log had when the page was opened, without what the events tell as well: a line that was being spoken then
// stands in the log a moment later.
export function earlierItems(transcript: CallTranscript | undefined, call: Call, live: LiveConversation): TranscriptItem[] {
  if (!transcript) return [];
  const told = new Set<string>();
  for (const item of live.items) if (item.kind === "line") told.add(`${item.speaker} ${item.text}`);
  const liveTurns = new Set(live.turns.map((turn) => turn.number));
  const begin = live.items[0]?.at;
  return itemsOf(transcript, call)
    .map(({ item }) => item)
    .filter((item) => {
      if (item.kind === "note") return !begin || !item.at || item.at < begin;
      return !(told.has(`${item.speaker} ${item.text}`) && (liveTurns.size === 0 || liveTurns.has(item.turn ?? -1)));
    });
}

// The agent's words are told once, when it begins to speak: who comes while it does has them from the list of calls in
// progress, until the events tell anything. (What a caller says is told anew with every word.)
export function spokenNow(transcript: CallTranscript | undefined, words: string, live: LiveConversation): TranscriptItem[] {
  if (!transcript || !words || live.items.some((item) => item.kind === "line")) return [];
  const last = transcript.lines.slice(-2);
  if (last.some((line) => line.text === words || [line.text, line.notHeard].filter(Boolean).join(" ") === words)) return [];
  return [{ kind: "line", key: "now", speaker: "agent", text: words, partial: true }];
}

// Lines of the events have the time of day; in the log they have the call's own.
export function sinceBegin(items: readonly TranscriptItem[], startedAt: string): TranscriptItem[] {
  const begin = new Date(startedAt).getTime();
  return items.map((item) =>
    item.kind === "line" && item.at ? { ...item, atMs: Math.max(0, new Date(item.at).getTime() - begin) } : item,
  );
}

export function stageBefore(call: Call): string {
  return call.events.filter((event) => event.kind === "stage").at(-1)?.detail ?? "";
}

export function slotsBefore(call: Call, live: readonly Slot[]): Slot[] {
  const slots = new Map<string, string>();
  for (const { kind, detail } of call.events) {
    if (kind !== "slot") continue;
    const split = detail.indexOf("=");
    if (split > 0) slots.set(detail.slice(0, split), detail.slice(split + 1));
  }
  for (const slot of live) slots.set(slot.name, slot.value);
  return [...slots].map(([name, value]) => ({ name, value }));
}

export function turnsBefore(call: Call, live: readonly LiveTurn[]): LiveTurn[] {
  const known = new Set(live.map((turn) => turn.number));
  const before = call.turns
    .filter((turn) => !known.has(turn.number))
    .map((turn): LiveTurn => ({
      key: `${call.id}:turn:${turn.number}`,
      callId: call.id,
      number: turn.number,
      inputKind: turn.inputKind,
      interrupted: turn.interrupted,
      latencies: latenciesOf(turn.latencyMs),
    }));
  return [...before, ...live].sort((a, b) => a.number - b.number);
}

function latenciesOf(latency: Latency): TurnLatencies {
  const known = stages.filter((stage) => latency[stage] !== null);
  return Object.fromEntries(known.map((stage) => [`${stage}Ms`, latency[stage]]));
}
