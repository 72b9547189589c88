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

const transferMs = 15 * 60_000;

// When a call is to be asked for again without an event: it goes on, or its end was told and is written down in a moment
// (`ended`), or the carrier is still putting the caller through, of which no event tells.
export function lookAgainMs(
  call: Pick<CallSummary, "status" | "transfer" | "endedAt"> | undefined,
  now: number,
  ended = false,
): number | false {
  if (!call) return false;
  if (!isOver(call.status)) return ended ? 500 : 15_000;
  const open = call.transfer?.status === "requested" || call.transfer?.status === "asked";
  return open && call.endedAt !== null && now - new Date(call.endedAt).getTime() < transferMs ? 3000 : false;
}
