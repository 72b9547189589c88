// The clients of the API, in a process of their own that goes behind the callers on their core. Asked over IPC.
import { performance } from "node:perf_hooks";
import { HttpClient } from "./http_client.js";
import { type Facts, type Kind, kKinds, ofTheMix } from "./requests.js";
import { kWebhookKinds } from "./webhook_requests.js";
import { numbers } from "./words.js";

export interface LoadPlan {
  port: number;
  facts: Facts;
  kind: string | null; // null: the mix
  connections: number;
  seconds: number;
  perSecond: number; // 0: each connection asks again as soon as it is answered
}

export interface Measured {
  requests: number;
  perSecond: number;
  p50: number; // milliseconds
  p99: number;
  most: number;
  refused: number; // answers that are not 2xx, or not what was asked for
  reason: string; // the first of these
}
export interface LoadResult {
  all: Measured;
  kinds: Record<string, Measured>;
}

interface Sample {
  ms: number[];
  refused: number;
  reason: string;
}

function measured(sample: Sample, seconds: number): Measured {
  const ms = sample.ms.sort((a, b) => a - b);
  const at = (part: number) => ms[Math.min(ms.length - 1, Math.floor(part * ms.length))] ?? NaN;
  return { requests: ms.length, perSecond: ms.length / seconds, p50: at(0.5), p99: at(0.99), most: at(1), refused: sample.refused, reason: sample.reason };
}

async function load(plan: LoadPlan): Promise<LoadResult> {
  const samples = new Map<string, Sample>();
  const only = [...kKinds, ...kWebhookKinds].find(({ name }) => name === plan.kind);
  const began = performance.now();
  const end = began + plan.seconds * 1000;
  let next = began;

  // At a given rate, a request's time begins when it was due: one that had to wait for a connection waited, too.
  const due = async (): Promise<number> => {
    if (plan.perSecond === 0) return performance.now();
    const at = next;
    next += 1000 / plan.perSecond;
    const wait = at - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const now = performance.now();
    // A timer may go off a moment early.
    return Math.min(Math.max(at, now - 1000), now);
  };

  const client = async (n: number) => {
    const chance = numbers(n + 1);
    const connection = await HttpClient.connect(plan.port);
    while (performance.now() < end) {
      const since = await due();
      if (since >= end) break;
      const kind: Kind = only ?? ofTheMix(chance);
      const { method, path, body, type } = kind.make(plan.facts, chance);
      const answer = await connection.request(method, path, body, type);
      let sample = samples.get(kind.name);
      if (sample === undefined) samples.set(kind.name, (sample = { ms: [], refused: 0, reason: "" }));
      sample.ms.push(performance.now() - since);
      const right = answer.status >= 200 && answer.status <= 299 && (kind.expects === undefined || answer.body.includes(kind.expects));
      if (!right) {
        sample.refused++;
        sample.reason ||= `${answer.status} ${method} ${path}: ${answer.body.toString().slice(0, 300)}`;
      }
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: plan.connections }, (_, n) => client(n)));

  const seconds = (performance.now() - began) / 1000;
  const every: Sample = { ms: [], refused: 0, reason: "" };
  for (const sample of samples.values()) {
    every.ms = every.ms.concat(sample.ms);
    every.refused += sample.refused;
    every.reason ||= sample.reason;
  }
  return { all: measured(every, seconds), kinds: Object.fromEntries([...samples].map(([name, sample]) => [name, measured(sample, seconds)])) };
}

process.on("message", (plan: LoadPlan) => {
  load(plan).then(
    (result) => process.send!({ result }),
    (error: Error) => process.send!({ error: error.message }),
  );
});
process.on("disconnect", () => process.exit(0));
