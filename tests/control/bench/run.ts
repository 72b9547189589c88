// scripts/bench --control: the API with a long call log in SQLite and in PostgreSQL, alone and beside running calls.
// Prints the tables of docs/performance.md. E2E_BINARY names the program. See scripts/bench for the arguments.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import { dirname, join } from "node:path";
import type { LoadResult, Measured } from "./load_worker.js";
import { PostgresLog } from "./postgres_log.js";
import { say } from "./programs.js";
import { kFloor, kKinds } from "./requests.js";
import type { Log } from "./seed_sql.js";
import { BenchServer, type Calls } from "./server.js";
import { seededFile } from "./sqlite_log.js";

const has = (name: string) => process.argv.includes(name);
const value = (name: string, otherwise: string) => (has(name) ? process.argv[process.argv.indexOf(name) + 1]! : otherwise);
const quick = has("--quick");
const kRuns = quick ? 1 : 3;
const kRows = Number(value("--rows", quick ? "20000" : "1000000"));
const kCalls = Number(value("--calls", quick ? "50" : "500"));
const kOnly = value("--only", "");
const kJson = value("--json", "");
const kConnections = 8;
const kSecondsOfKind = quick ? 1 : 4;
const kSecondsOfCalls = quick ? 5 : 15;
// As scripts of a busy dashboard would ask, and as much as eight connections get.
const kModest = 100;
// As bench/run.mjs: with autogroups, niceness counts within a session.
const priority = has("--priority") ? ["setsid", "--wait", "sh", "-c", 'echo -20 2>/dev/null >/proc/self/autogroup; exec nice -n -20 "$@"', "sh"] : [];

const least = (values: number[]) => Math.min(...values);
const most = (values: number[]) => Math.max(...values);
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
const digitsOf = (number: number) => (number >= 100 ? 0 : number >= 10 ? 1 : 2);
const spread = (values: number[]) =>
  values.length === 0 || values.some(Number.isNaN) ? "–" : [least(values), median(values), most(values)].map((one) => one.toFixed(digitsOf(one))).join(" / ");

interface Beside {
  load: "none" | "modest" | "all";
  calls: Calls;
  api: LoadResult | undefined;
}
interface Run {
  alone: Record<string, Measured>;
  beside: Beside[];
}
interface Outcome {
  database: string;
  rows: number;
  seedSeconds: number;
  runs: Run[];
}

function refusals(where: string, result: LoadResult): void {
  for (const [name, { refused, requests, reason }] of Object.entries(result.kinds)) {
    if (refused > 0) say(`${where}: ${name}: ${refused} of ${requests} refused, the first: ${reason}`);
  }
}

async function measure(database: string, log: Log, dataDir: string, env: Record<string, string>): Promise<Run[]> {
  const runs: Run[] = [];
  for (let number = 1; number <= kRuns; number++) {
    const server = await BenchServer.start(log, dataDir, kCalls * 2 + 100, env, priority);
    try {
      const alone: Run["alone"] = {};
      for (const kind of kKinds) {
        // Once for the caches, of the system and of the database, and for the clients' own compiler.
        await server.load({ kind: kind.name, connections: kConnections, seconds: kind.name === kFloor ? 2 : 0.3, perSecond: 0 });
        const result = await server.load({ kind: kind.name, connections: kConnections, seconds: kSecondsOfKind, perSecond: 0 });
        refusals(database, result);
        alone[kind.name] = result.all;
        say(`${database}, run ${number}: ${kind.name}: ${result.all.perSecond.toFixed(0)} requests/s, p99 ${result.all.p99.toFixed(2)} ms`);
      }
      const beside: Beside[] = [];
      for (const load of ["none", "modest", "all"] as const) {
        const perSecond = load === "modest" ? kModest : 0;
        const meanwhile = (seconds: number) => server.load({ kind: null, connections: kConnections, seconds, perSecond });
        const { calls, api } = await server.calls(kCalls, kSecondsOfCalls, priority, load === "none" ? undefined : meanwhile);
        if (api !== undefined) refusals(database, api);
        beside.push({ load, calls, api });
        say(
          `${database}, run ${number}: ${calls.calls} calls beside ${load === "none" ? "no requests" : `${api!.all.perSecond.toFixed(0)} requests/s (p99 ${api!.all.p99.toFixed(1)} ms)`}: ` +
            `late ${calls.late}, holes ${calls.running.holes}, missed ${calls.running.missed_turns}, refused ${calls.refused}, lost ${calls.lost}, pacing p99 ${calls.running.pacing_ms.p99.toFixed(1)} ms, ` +
            `own lag p99 ${calls.client_lag_ms.p99.toFixed(1)} ms, core ${(100 * calls.load).toFixed(0)} % (others ${(100 * calls.others).toFixed(0)} %)`,
        );
      }
      runs.push({ alone, beside });
    } finally {
      await server.stop();
    }
  }
  return runs;
}

async function ofSqlite(scratch: string): Promise<Outcome> {
  const { file, log, seconds } = await seededFile(kRows);
  const dataDir = join(scratch, "sqlite");
  mkdirSync(dataDir);
  // A copy: the running calls are written, too.
  copyFileSync(file, join(dataDir, "parley.db"));
  say(`SQLite: ${(statSync(file).size / 2 ** 20).toFixed(0)} MiB`);
  return { database: "SQLite", rows: kRows, seedSeconds: seconds, runs: await measure("SQLite", log, dataDir, {}) };
}

async function ofPostgres(scratch: string): Promise<Outcome> {
  const postgres = await PostgresLog.start(kRows, scratch);
  try {
    const runs = await measure("PostgreSQL", postgres.log, join(scratch, "postgres"), { DATABASE_URL: postgres.url });
    return { database: "PostgreSQL", rows: kRows, seedSeconds: postgres.seconds, runs };
  } finally {
    postgres.remove();
  }
}

function tables(outcomes: Outcome[]): string[] {
  const lines = ["| Request, eight connections | Database | Requests/s | p50, ms | p99, ms | Requests/s to the floor's |", "|---|---|---:|---:|---:|---:|"];
  for (const { name } of kKinds) {
    for (const { database, runs } of outcomes) {
      const of = (what: (measured: Measured) => number) => spread(runs.map((one) => what(one.alone[name]!)));
      const ratio = spread(runs.map((one) => one.alone[name]!.perSecond / one.alone[kFloor]!.perSecond));
      lines.push(`| ${name} | ${database} | ${of((m) => m.perSecond)} | ${of((m) => m.p50)} | ${of((m) => m.p99)} | ${ratio} |`);
    }
  }
  lines.push("", `| ${kCalls} calls at 20 ms pieces | Database | No requests | ${kModest} requests/s | As many as eight connections get | Ratio, ${kModest}/s to none | Ratio, all to none |`, "|---|---|---:|---:|---:|---:|---:|");
  const rows: [string, (one: Beside) => number][] = [
    ["requests/s", ({ api }) => api?.all.perSecond ?? NaN],
    ["p50 of the requests, ms", ({ api }) => api?.all.p50 ?? NaN],
    ["p99 of the requests, ms", ({ api }) => api?.all.p99 ?? NaN],
    ["pacing jitter as received, p50, ms", ({ calls }) => calls.running.pacing_ms.p50],
    ["pacing jitter as received, p99, ms", ({ calls }) => calls.running.pacing_ms.p99],
    ["pacing jitter as received, most, ms", ({ calls }) => calls.running.pacing_ms.max],
    ["late frames and holes", ({ calls }) => calls.late + calls.running.holes],
    ["turns missed, calls refused or lost", ({ calls }) => calls.running.missed_turns + calls.refused + calls.lost],
    ["server's share of a turn, p99, ms (bucket's bound)", ({ calls }) => calls.shareP99],
    ["end of speech to answer as received, p99, ms", ({ calls }) => calls.running.response_ms.p99],
    ["callers' own lateness, p99, ms", ({ calls }) => calls.client_lag_ms.p99],
    ["load of the server's core, %", ({ calls }) => calls.load * 100],
  ];
  for (const [what, figure] of rows) {
    for (const { database, runs } of outcomes) {
      const of = (load: Beside["load"]) => runs.map((one) => figure(one.beside.find((each) => each.load === load)!));
      const ratio = (load: Beside["load"]) => spread(of(load).map((one, i) => (of("none")[i]! > 0 ? one / of("none")[i]! : NaN)));
      lines.push(`| ${what} | ${database} | ${spread(of("none"))} | ${spread(of("modest"))} | ${spread(of("all"))} | ${ratio("modest")} | ${ratio("all")} |`);
    }
  }
  return lines;
}

const cpus = os.cpus();
const began = Date.now();
const loadBefore = os.loadavg()[0]!;
const scratch = mkdtempSync(join(os.tmpdir(), "parley-bench-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

const outcomes: Outcome[] = [];
if ("sqlite".includes(kOnly.toLowerCase())) outcomes.push(await ofSqlite(scratch));
if ("postgresql".includes(kOnly.toLowerCase())) outcomes.push(await ofPostgres(scratch));
const machine = {
  date: new Date().toISOString().slice(0, 10),
  cores: cpus.length,
  processor: cpus[0]!.model,
  kernel: os.release(),
  runs: kRuns,
  seconds: Math.round((Date.now() - began) / 1000),
  loadBefore,
  loadAfter: os.loadavg()[0]!,
  othersOnTheCore: most(outcomes.flatMap(({ runs }) => runs.flatMap(({ beside }) => beside.map(({ calls }) => calls.others)))),
};
const seeding = outcomes.map(({ database, seedSeconds }) => `${database} ${seedSeconds.toFixed(0)} s`).join(", ");
process.stdout.write(
  `${machine.date}, ${machine.cores} cores of ${machine.processor}, Linux ${machine.kernel}, ${kRuns} ${kRuns === 1 ? "run" : "runs: least / median / most"}, ` +
    `${machine.seconds} s, other work on the server's core at worst ${(100 * machine.othersOnTheCore).toFixed(0)} %; ` +
    `${kRows.toLocaleString("en")} calls in the log, put in within ${seeding}\n\n${tables(outcomes).join("\n")}\n`,
);
if (kJson !== "") {
  mkdirSync(dirname(kJson), { recursive: true });
  writeFileSync(kJson, `${JSON.stringify({ machine, connections: kConnections, calls: kCalls, modestPerSecond: kModest, outcomes }, null, 2)}\n`);
}
process.exit(0);
