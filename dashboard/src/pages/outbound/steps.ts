// The way of a call from the queue to its end, as far as it went.
import { isOver, type CallStatus } from "@/components/calls/model";

export type Step = "queued" | "ringing" | "in_progress" | "ended";

export interface Progress {
  steps: Step[];
  active: number; // of the last step that was reached
  reached: boolean; // somebody talked to the agent
}

export function progressOf(call: { status: CallStatus; turnsCount: number; durationMs: number | null }): Progress {
  const steps: Step[] = ["queued", "ringing", "in_progress", "ended"];
  if (!isOver(call.status)) return { steps, active: steps.indexOf(call.status as Step), reached: call.status === "in_progress" };
  const reached = call.status === "completed" || call.status === "interrupted" || call.turnsCount > 0;
  if (reached) return { steps, active: 3, reached };
  // Nobody picked up, or it was never placed.
  const rang = call.status === "busy" || call.status === "no_answer";
  const short: Step[] = rang ? ["queued", "ringing", "ended"] : ["queued", "ended"];
  return { steps: short, active: short.length - 1, reached };
}
