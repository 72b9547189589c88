// scripts/bench --webhooks: what a carrier asks when a call comes in, alone and beside running calls. Prints the table of
// docs/performance.md. E2E_BINARY names the program. See scripts/bench for the arguments.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { dirname, join } from "node:path";
import type { Measured } from "./load_worker.js";
import { say } from "./programs.js";
import { kFloor } from "./requests.js";
import { BenchServer, type Calls } from "./server.js";
import { kWebhookKinds } from "./webhook_requests.js";

const has = (name: string) => process.argv.includes(name);
const value = (name: string, otherwise: string) => (has(name) ? process.argv[process.argv.indexOf(name) + 1]! : otherwise);
const quick = has("--quick");
const kRuns = quick ? 1 : 3;
const kCalls = Number(value("--calls", quick ? "50" : "300"));
const kJson = value("--json", "");
const kPerSecond = 200;
const kConnections = 8;
const kSeconds = quick ? 3 : 15;
const kKindsHere = [kFloor, ...kWebhookKinds.map(({ name }) => name)];
// As bench/run.mjs: with autogroups, niceness counts within a session.
const priority = has("--priority") ? ["setsid", "--wait", "sh", "-c", 'echo -20 2>/dev/null >/proc/self/autogroup; exec nice -n -20 "$@"', "sh"] : [];

const least = (values: number[]) => Math.min(...values);
const most = (values: number[]) => Math.max(...values);
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
const digitsOf = (number: number) => (number >= 100 ? 0 : number >= 10 ? 1 : 2);
const spread = (values: number[]) => {
  if (values.some(Number.isNaN)) return "–";
  const figures = values.length === 1 ? values : [least(values), median(values), most(values)];
  return figures.map((one) => one.toFixed(digitsOf(one))).join(" / ");
};

interface Run {
  alone: Record<string, Measured>;
  beside: Record<string, Measured>;
  calls: Record<string, Calls>; // beside these requests; "": beside none
}

function checked(where: string, name: string, all: Measured): Measured {
  if (all.refused > 0) say(`${where}: ${name}: ${all.refused} of ${all.requests} not answered as they should be, the first: ${all.reason}`);
  return all;
}

async function measure(number: number, dataDir: string): Promise<Run> {
  const env = { PARLEY_WEBHOOK_REQUESTS_PER_SECOND: "100000", PUBLIC_URL: "https://voice.example.com" };
  const server = await BenchServer.start({ rows: 0, end: Date.now() }, dataDir, kCalls * 2 + 100, env, priority);
  const load = (kind: string, seconds: number, perSecond = kPerSecond) => server.load({ kind, connections: kConnections, seconds, perSecond });
  const outcome: Run = { alone: {}, beside: {}, calls: {} };
  try {
    // For the clients' own compiler.
    await load(kFloor, 2, 0);
    for (const name of kKindsHere) {
      await load(name, 1);
      const all = checked("alone", name, (await load(name, kSeconds)).all);
      outcome.alone[name] = all;
      say(`run ${number}: ${name}: ${all.perSecond.toFixed(0)} requests/s, p50 ${all.p50.toFixed(2)}, p99 ${all.p99.toFixed(2)}, most ${all.most.toFixed(1)} ms`);
    }
    for (const name of ["", ...kKindsHere]) {
      const { calls, api } = await server.calls(kCalls, kSeconds, priority, name === "" ? undefined : (seconds) => load(name, seconds));
      if (api !== undefined) outcome.beside[name] = checked("beside calls", name, api.all);
      outcome.calls[name] = calls;
      const requests = api === undefined ? "no requests" : `${name} (${api.all.perSecond.toFixed(0)}/s, p50 ${api.all.p50.toFixed(2)}, p99 ${api.all.p99.toFixed(2)}, most ${api.all.most.toFixed(1)} ms)`;
      say(
        `run ${number}: ${calls.calls} calls beside ${requests}: late ${calls.late}, holes ${calls.running.holes}, missed ${calls.running.missed_turns}, ` +
          `refused ${calls.refused}, lost ${calls.lost}, core ${(100 * calls.load).toFixed(0)} % (others ${(100 * calls.others).toFixed(0)} %)`,
      );
    }
    return outcome;
  } finally {
    await server.stop();
  }
}

function tables(runs: Run[]): string[] {
  const beside = `beside ${kCalls} calls`;
  const lines = [
    `| Request, ${kPerSecond} a second | p50 alone, ms | p99 alone, ms | most alone, ms | p50 ${beside}, ms | p99 ${beside}, ms | most ${beside}, ms | p99 to the floor's, alone | p99 to the floor's, ${beside} |`,
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
  ];
  for (const name of kKindsHere) {
    const of = (where: "alone" | "beside", what: (measured: Measured) => number) => spread(runs.map((one) => what(one[where][name]!)));
    const figures = (["alone", "beside"] as const).flatMap((where) => [of(where, (m) => m.p50), of(where, (m) => m.p99), of(where, (m) => m.most)]);
    const ratios = (["alone", "beside"] as const).map((where) => spread(runs.map((one) => one[where][name]!.p99 / one[where][kFloor]!.p99)));
    lines.push(`| ${[name, ...figures, ...ratios].join(" | ")} |`);
  }
  const columns = ["", ...kKindsHere];
  lines.push("", `| ${kCalls} calls at 20 ms pieces, beside | ${columns.map((name) => (name === "" ? "no requests" : name)).join(" | ")} |`, `|---|${"---:|".repeat(columns.length)}`);
  const rows: [string, (calls: Calls) => number][] = [
    ["late frames and holes", (calls) => calls.late + calls.running.holes],
    ["turns missed, calls refused or lost", (calls) => calls.running.missed_turns + calls.refused + calls.lost],
    ["pacing jitter as received, p99, ms", (calls) => calls.running.pacing_ms.p99],
    ["end of speech to answer as received, p99, ms", (calls) => calls.running.response_ms.p99],
    ["load of the server's core, %", (calls) => calls.load * 100],
  ];
  for (const [what, figure] of rows) lines.push(`| ${[what, ...columns.map((name) => spread(runs.map((one) => figure(one.calls[name]!))))].join(" | ")} |`);
  return lines;
}

const cpus = os.cpus();
const began = Date.now();
const scratch = mkdtempSync(join(os.tmpdir(), "parley-bench-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

const runs: Run[] = [];
for (let number = 1; number <= kRuns; number++) runs.push(await measure(number, join(scratch, String(number))));
const all = runs.flatMap(({ alone, beside }) => [...Object.values(alone), ...Object.values(beside)]);
const machine = {
  date: new Date().toISOString().slice(0, 10),
  cores: cpus.length,
  processor: cpus[0]!.model,
  kernel: os.release(),
  runs: kRuns,
  seconds: Math.round((Date.now() - began) / 1000),
  othersOnTheCore: most(runs.flatMap(({ calls }) => Object.values(calls).map(({ others }) => others))),
  requests: all.reduce((sum, { requests }) => sum + requests, 0),
  wrong: all.reduce((sum, { refused }) => sum + refused, 0),
};
process.stdout.write(
  `${machine.date}, ${machine.cores} cores of ${machine.processor}, Linux ${machine.kernel}, ${kRuns} ${kRuns === 1 ? "run" : "runs: least / median / most"} of ${kSeconds} s, ` +
    `${machine.seconds} s, other work on the server's core at worst ${(100 * machine.othersOnTheCore).toFixed(0)} %; ` +
    `${machine.requests.toLocaleString("en")} requests, ${machine.wrong} answered wrongly\n\n${tables(runs).join("\n")}\n`,
);
if (kJson !== "") {
  mkdirSync(dirname(kJson), { recursive: true });
  writeFileSync(kJson, `${JSON.stringify({ machine, connections: kConnections, calls: kCalls, perSecond: kPerSecond, runs }, null, 2)}\n`);
}
const heard = runs.flatMap(({ calls }) => Object.values(calls)).reduce((sum, { late, running }) => sum + late + running.holes, 0);
if (heard > 0) say(`${heard} late frames and holes: the calls noticed`);
process.exit(heard > 0 || machine.wrong > 0 ? 1 : 0);
