// The transcript of a call that is over, with what happened between the lines, and which line is heard at a moment.
import type { Schemas } from "@/api/client";
import type { TranscriptItem, TranscriptLine, TranscriptNote } from "@/components/conversation";
import { responseOf } from "./waterfall";

export type CallTranscript = Schemas["Transcript"];
type Call = Pick<Schemas["Call"], "turns" | "events">;

export type PlacedItem = { item: TranscriptItem; atMs: number };

function noteOf(event: Call["events"][number], key: string): TranscriptNote | null {
  const note = { kind: "note", key, at: event.at } as const;
  switch (event.kind) {
    case "stage":
      return { ...note, about: "stage", name: event.detail };
    case "slot": {
      const split = event.detail.indexOf("=");
      return split < 0
        ? { ...note, about: "slot", name: event.detail, value: "" }
        : { ...note, about: "slot", name: event.detail.slice(0, split), value: event.detail.slice(split + 1) };
    }
    case "tool":
    case "tool_failed":
      return { ...note, about: "tool", name: event.detail.split(" ")[0]!, failed: event.kind === "tool_failed" };
    case "escalation_requested":
      return { ...note, about: "escalation", name: event.detail };
    default:
      return null;
  }
}

export function itemsOf(transcript: CallTranscript, call: Call): PlacedItem[] {
  const turns = new Map(call.turns.map((turn) => [turn.number, turn]));
  const placed: PlacedItem[] = [];
  for (const line of transcript.lines) {
    const turn = turns.get(line.turn);
    // An answer that was only made, to a recording for example.
    const unheard = line.speaker === "agent" && !line.text && !line.notHeard ? (turn?.agentText ?? "") : line.notHeard;
    if (!line.text && !unheard) continue;
    const item: TranscriptLine = {
      kind: "line",
      key: `${line.turn}:${line.speaker}`,
      speaker: line.speaker,
      text: line.text,
      atMs: line.atMs,
      turn: line.turn,
      interrupted: line.interrupted,
      notHeard: unheard,
    };
    const latency = turn ? responseOf(turn.latencyMs) : null;
    if (line.speaker === "agent" && line.turn > 0 && latency) item.latencyMs = latency;
    placed.push({ item, atMs: line.atMs });
  }
  call.events.forEach((event, index) => {
    const item = noteOf(event, `event:${index}`);
    if (item) placed.push({ item, atMs: event.offsetMs });
  });
  // Lines keep the order of their turns: somebody who speaks into the other's words began later all the same.
  return placed.sort((a, b) => a.atMs - b.atMs);
}

// The line that is heard: the last that has begun. undefined: none has.
export function lineAt(items: readonly PlacedItem[], ms: number): string | undefined {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle]!.atMs <= ms) low = middle + 1;
    else high = middle;
  }
  for (let i = low - 1; i >= 0; --i) if (items[i]!.item.kind === "line") return items[i]!.item.key;
  return undefined;
}

// How the lines of the offline way are written down.
export interface WrittenDown {
  vendor: string;
  model: string;
  madeAt: string;
  error: string;
  segments: Array<{ channel: "caller" | "agent"; start: number; end: number; text: string }>;
}

export function writtenItems(written: WrittenDown): PlacedItem[] {
  return written.segments
    .map((segment, index) => {
      const atMs = Math.round(segment.start * 1000);
      const item: TranscriptLine = { kind: "line", key: `segment:${index}`, speaker: segment.channel, text: segment.text, atMs };
      return { item, atMs };
    })
    .sort((a, b) => a.atMs - b.atMs);
}
