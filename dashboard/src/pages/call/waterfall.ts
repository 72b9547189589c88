// Where the time of a turn went. The server counts each stage from the end of the caller's speech; a bar is what a
// stage added to those before it.
import type { Schemas } from "@/api/client";

export type Turn = Schemas["Turn"];
export type Latency = Turn["latencyMs"];

export const stages = ["endpoint", "transcript", "firstToken", "firstAudio", "sent"] as const;
export type Stage = (typeof stages)[number];

export interface Bar {
  stage: Stage;
  fromMs: number;
  toMs: number;
}

// A stage that was over before the one in front of it (a transcript that came while silence was awaited) added nothing.
export function barsOf(latency: Latency): Bar[] {
  const bars: Bar[] = [];
  let fromMs = 0;
  for (const stage of stages) {
    const at = latency[stage];
    if (at === null) continue;
    const toMs = Math.max(fromMs, at);
    bars.push({ stage, fromMs, toMs });
    fromMs = toMs;
  }
  return bars;
}

// What a caller waits for.
export function responseOf(latency: Latency): number | null {
  return latency.sent ?? latency.firstAudio;
}

export function hasTimes(turn: Turn): boolean {
  return stages.some((stage) => turn.latencyMs[stage] !== null);
}

// Turns that answer something: a greeting waits for nobody.
export function responses(turns: readonly Turn[]): number[] {
  return turns
    .filter((turn) => turn.inputKind !== "greeting")
    .map((turn) => responseOf(turn.latencyMs))
    .filter((ms) => ms !== null);
}

export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface Scale {
  endMs: number;
  stepMs: number;
}

// From nothing to a round number behind the longest turn, in at most six steps.
export function scaleOf(turns: readonly Turn[]): Scale {
  const longest = Math.max(1, ...turns.flatMap((turn) => barsOf(turn.latencyMs).map((bar) => bar.toMs)));
  const stepMs = roundSteps.find((step) => longest / step <= 6) ?? Math.ceil(longest / 6 / 60_000) * 60_000;
  return { endMs: Math.ceil(longest / stepMs) * stepMs, stepMs };
}
const roundSteps = [10, 50, 100, 250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];
