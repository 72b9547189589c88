// Calls as the pages about them see them.
import type { Schemas } from "@/api/client";

export type CallSummary = Schemas["CallSummary"];
export type Call = Schemas["Call"];
export type CallStatus = Schemas["CallStatus"];

// Nothing more happens to such a call, but for its recording.
export function isOver(status: CallStatus): boolean {
  return status !== "queued" && status !== "ringing" && status !== "in_progress";
}

// Who is at the other end of the line.
export function partyOf(call: Pick<CallSummary, "direction" | "from" | "to">): string {
  return call.direction === "outbound" ? call.to : call.from;
}

// The number of ours.
export function ownNumberOf(call: Pick<CallSummary, "direction" | "from" | "to">): string {
  return call.direction === "outbound" ? call.from : call.to;
}
