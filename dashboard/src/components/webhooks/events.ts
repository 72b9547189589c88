// The events that a webhook can ask for, in groups; "*" is all of them, those to come as well.
import type { Schemas } from "@/api/client";

export type EventName = Schemas["EventName"];

export const eventGroups: ReadonlyArray<{ name: string; events: readonly EventName[] }> = [
  { name: "call", events: ["call.queued", "call.ringing", "call.started", "call.status", "call.ended", "recording.ready"] },
  { name: "conversation", events: ["transcript.final", "turn.completed", "stage.changed", "slot.filled", "tool.used", "escalation"] },
  { name: "chat", events: ["chat.message"] },
];

// What is chosen after a click on one of them: all of them are written as "*".
export function toggled(chosen: readonly string[], event: EventName): EventName[] {
  if (event === "*") return chosen.includes("*") ? [] : ["*"];
  const rest = chosen.filter((each): each is EventName => each !== "*");
  return rest.includes(event) ? rest.filter((each) => each !== event) : [...rest, event];
}
