// scripts/bench --vendors: the server's own time between vendors, and the length of a turn, with emulated vendors over TLS.
// Prints the tables of docs/performance.md. --quick: fewer calls, once. --only TEXT: of the mixes
// with this in their names. EMULATORS_SPEECH_WORKER and E2E_BINARY name programs.
import os from "node:os";
import { AgentServer } from "../support/agent_server.js";
import { Emulation } from "../support/emulation.js";
import { converse, histograms, trimmed, type Turn } from "./calls.js";
import { agentOf, injected, kAllAdapters, kEndpointingMs, kPhrase, kUsualMixes, type Mix } from "./plan.js";

const quick = process.argv.includes("--quick");
const kRuns = quick ? 1 : 3;
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1]! : "";
// A connection to a vendor takes two ways there and back before it carries anything: TCP and TLS, 40 ms each.
const kHandshakeMs = 80;

const say = (text: string) => process.stderr.write(`bench: ${text}\n`);
const print = (text: string) => process.stdout.write(`${text}\n`);
const least = (values: number[]) => Math.min(...values);
const most = (values: number[]) => Math.max(...values);
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
const spread = (values: number[], digits: number) =>
  values.length === 0 ? "–" : [least(values), median(values), most(values)].map((value) => value.toFixed(digits)).join(" / ");

async function withServer<T>(emulation: Emulation, mix: Mix, key: string, env: Record<string, string>, use: (server: AgentServer) => Promise<T>): Promise<T> {
  const server = await AgentServer.start(emulation, key, agentOf(mix), {
    scheme: "tls",
    args: ["--log-level", "warn"],
    env: { PARLEY_SPEECH_CACHE_BYTES: "0", ...env },
  });
  try {
    const got = await use(server);
    if (server.server.stderr.includes("vendor ")) say(`${mix.name}: ${server.server.stderr.slice(-600)}`);
    return got;
  } finally {
    await server.stop();
  }
}

async function withEmulation<T>(args: string[], use: (emulation: Emulation) => Promise<T>): Promise<T> {
  const emulation = await Emulation.start(["--hears", kPhrase, ...args]);
  try {
    return await use(emulation);
  } finally {
    await emulation.stop();
  }
}

// ---- the server's own time

interface OwnTime {
  row: string;
  counts: number[];
  p50: number[];
  p99: number[];
}

const kParts: Record<string, string> = {
  stt: "transcript in → model's request out",
  llm: "end of first sentence in → voice's request out",
  tts: "first sound in → first sample out",
  sts: "first sound in → first sample out",
};

function nameOf(mix: Mix, part: string): string {
  return (mix as unknown as Record<string, string | undefined>)[part] ?? mix.name;
}

async function measureOwnTime(): Promise<OwnTime[]> {
  const [calls, turns] = quick ? [10, 4] : [30, 7];
  const rows = new Map<string, OwnTime>();
  for (let run = 0; run < kRuns; run++) {
    for (const mix of kAllAdapters.filter(({ name }) => name.includes(only))) {
      await withEmulation([], async (emulation) => {
        const phrase = trimmed(await emulation.speak(kPhrase));
        await withServer(emulation, mix, `own-${run}`, {}, async (server) => {
          // One after the other within the length of a turn, as calls come in.
          const under_way = Array.from({ length: calls }, (_, i) => converse(server, phrase, turns, 300 + i * 100));
          const failed = (await Promise.allSettled(under_way)).filter((one) => one.status === "rejected");
          if (failed.length > 0) say(`${mix.name}: ${failed.length} calls failed: ${String((failed[0] as PromiseRejectedResult).reason)}`);
          for (const [name, found] of await histograms(server)) {
            const [, metric, labels] = /^parley_vendor_(added|frame)_seconds\{(.*)\}$/.exec(name) ?? [];
            if (metric === undefined) continue;
            const part = metric === "frame" ? (mix.stt === undefined ? "sts" : "stt") : /part="(\w+)"/.exec(labels!)![1]!;
            const what = metric === "frame" ? "caller's frame in → socket" : kParts[part]!;
            const row = `| ${nameOf(mix, part)} | ${what} |`;
            const all = rows.get(row) ?? { row, counts: [], p50: [], p99: [] };
            all.counts.push(found.count);
            all.p50.push(found.quantileMs(0.5));
            all.p99.push(found.quantileMs(0.99));
            rows.set(row, all);
          }
        });
      });
      say(`own time, run ${run + 1}: ${mix.name} done, load ${os.loadavg()[0]!.toFixed(1)}`);
    }
  }
  return [...rows.values()];
}

// ---- turns

const kStages = ["endpoint", "transcript", "firstToken", "firstAudio", "sent"] as const;
interface CallWithStages {
  turns: { number: number; inputKind: string; latencyMs: Record<(typeof kStages)[number], number | null> }[];
}

/** Of a server that has just started and has but this call. */
async function firstCall(emulation: Emulation, mix: Mix, key: string, warm: boolean, turns: number) {
  const phrase = trimmed(await emulation.speak(kPhrase));
  return withServer(emulation, mix, key, { PARLEY_VENDORS_WARM: String(warm) }, async (server) => {
    const heard: Turn[] = await converse(server, phrase, turns, 1_500);
    const [listed] = await server.server.calls();
    const call = (await server.server.call(listed!.id)) as unknown as CallWithStages;
    return { heard, stages: call.turns.filter((turn) => turn.inputKind === "speech").map((turn) => turn.latencyMs) };
  });
}

// What was measured of one mix, with connections made ahead or not.
class TurnTimes {
  readonly first: number[] = [];
  readonly later: number[] = [];
  private readonly stages = new Map<string, number[]>();

  take({ heard, stages }: Awaited<ReturnType<typeof firstCall>>): void {
    for (const turn of heard) (turn.number === 1 ? this.first : this.later).push(turn.responseMs);
    for (const stage of kStages) {
      const ms = stages[0]?.[stage] ?? -1;
      if (ms >= 0) this.stages.set(stage, [...(this.stages.get(stage) ?? []), ms]);
    }
  }

  /** Of the first turn. */
  get stagesText(): string {
    return kStages.map((stage) => (this.stages.has(stage) ? median(this.stages.get(stage)!).toFixed(0) : "–")).join(" → ");
  }
}

async function measureTurns(): Promise<void> {
  const servers = quick ? 2 : 3;
  print("| Mix | Injected, ms | Floor, ms | Turn | Least / median / most, ms | Median to floor | Stages at the median, ms |");
  print("|---|---|---:|---|---:|---:|---|");
  for (const mix of kUsualMixes.filter(({ name }) => name.includes(only))) {
    const warm = new TurnTimes();
    const cold = new TurnTimes();
    for (let run = 0; run < kRuns; run++) {
      await withEmulation(["--latency", "published", "--handshake-ms", String(kHandshakeMs)], async (emulation) => {
        // The emulators' own first time: what they say is spoken once, their programs are compiled.
        await firstCall(emulation, mix, `rehearsal-${run}`, true, 1).catch(() => undefined);
        const calls = [warm, cold].flatMap((times) =>
          Array.from({ length: servers }, async (_, i) =>
            times.take(await firstCall(emulation, mix, `turn-${run}-${i}-${times === warm}`, times === warm, times === warm ? 3 : 1)),
          ),
        );
        for (const outcome of await Promise.allSettled(calls)) {
          if (outcome.status === "rejected") say(`${mix.name}: ${String(outcome.reason)}`);
        }
      });
    }
    const parts = injected(mix);
    const floor = kEndpointingMs + parts.reduce((sum, { ms }) => sum + ms, 0);
    const line = (turn: string, values: number[], stages: string) =>
      print(
        `| ${mix.name} | ${parts.map(({ part, ms }) => `${part} ${ms}`).join(", ")} | ${floor} | ${turn} | ` +
          `${spread(values, 0)} | ${(median(values) / floor).toFixed(2)} | ${stages} |`,
      );
    line("first, warm", warm.first, warm.stagesText);
    line("first, not warm", cold.first, cold.stagesText);
    line("later", warm.later, "");
    say(`turns: ${mix.name} done, load ${os.loadavg()[0]!.toFixed(1)}`);
  }
}

const cpus = os.cpus();
const began = Date.now();
const load = os.loadavg()[0]!;
const rows = await measureOwnTime();
print("| Adapter | What | Samples of a run, at least | p50, ms: least / median / most | p99, ms: least / median / most |\n|---|---|---:|---:|---:|");
for (const { row, counts, p50, p99 } of rows.sort((a, b) => a.row.localeCompare(b.row)))
  print(`${row} ${least(counts)} | ${spread(p50, 3)} | ${spread(p99, 3)} |`);
print("");
await measureTurns();
print(
  `\n${new Date().toISOString().slice(0, 10)}, ${cpus.length} cores of ${cpus[0]!.model}, Linux ${os.release()}, ${kRuns} ${kRuns === 1 ? "run" : "runs"}, ` +
    `${Math.round((Date.now() - began) / 1000)} s, load ${load.toFixed(1)} before, ${os.loadavg()[0]!.toFixed(1)} at the end`,
);
