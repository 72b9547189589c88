// What a conversation is made of, whether it is spoken or written, goes on or is read afterwards.

export interface TranscriptLine {
  kind: "line";
  key: string;
  speaker: "caller" | "agent";
  text: string;
  // Still being spoken, or written.
  partial?: boolean;
  // The caller began to speak before the agent had ended.
  interrupted?: boolean;
  // What the agent would have said, and nobody heard.
  notHeard?: string;
  // ISO time, or milliseconds since the call began; whichever is known.
  at?: string;
  atMs?: number;
  turn?: number;
  // From the end of the caller's words to the first sound or word of the answer.
  latencyMs?: number;
}

// A small line between the others.
export interface TranscriptNote {
  kind: "note";
  key: string;
  about: "started" | "resumed" | "stage" | "slot" | "tool" | "escalation" | "ended";
  // The stage, the slot, the tool, why it was escalated, why it ended.
  name: string;
  value?: string;
  failed?: boolean;
  tookMs?: number;
  at?: string;
}

export type TranscriptItem = TranscriptLine | TranscriptNote;

export interface Slot {
  name: string;
  value: string;
}

// Milliseconds after the end of the caller's words; what did not happen is missing.
export interface TurnLatencies {
  endpointMs?: number;
  transcriptMs?: number;
  firstTokenMs?: number;
  firstAudioMs?: number;
  sentMs?: number;
}

export interface LiveTurn {
  key: string;
  callId: string;
  number: number;
  inputKind: string;
  interrupted: boolean;
  latencies: TurnLatencies;
}

// How long the caller waited for the answer; nothing where there was none.
export function responseMs(latencies: TurnLatencies): number | undefined {
  return latencies.sentMs ?? latencies.firstAudioMs;
}

// The slots with one of them filled anew; the order is that of the first time.
export function withSlot(slots: readonly Slot[], name: string, value: string): Slot[] {
  return slots.some((slot) => slot.name === name)
    ? slots.map((slot) => (slot.name === name ? { name, value } : slot))
    : [...slots, { name, value }];
}

// What stays of the agent's words behind those that were heard, as the call log counts it.
export function notHeardOf(interrupted: boolean, said: string, heard: string): string {
  return interrupted && said.startsWith(heard) ? said.slice(heard.length).trimStart() : "";
}
