// The server on its core, the callers and the clients of the API on the others.
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { parleyBinary, repositoryRoot } from "../../e2e/support/server.js";
import { HttpClient } from "./http_client.js";
import type { LoadPlan, LoadResult } from "./load_worker.js";
import { kOtherCores, kServerCore, launch, onCores, processorTime, run, sleep } from "./programs.js";
import { agentToMake, type Facts, kAgents, kOwnNumbers, numberToMake } from "./requests.js";
import type { Log } from "./seed_sql.js";

export interface Quantiles {
  p50: number;
  p99: number;
  max: number;
}
/** What `parley bench` tells of its callers, and the server of itself. */
export interface Calls {
  calls: number;
  held: boolean;
  refused: number;
  lost: number;
  running: { turns: number; missed_turns: number; holes: number; response_ms: Quantiles; clear_ms: Quantiles; greeting_ms: Quantiles; pacing_ms: Quantiles };
  client_lag_ms: Quantiles;
  late: number; // frames the server sent late
  shareP99: number; // of a turn, milliseconds, a bucket's bound
  load: number; // of the server's core, by the server
  others: number; // and by others
}

export class BenchServer {
  readonly client = new ApiClients();
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    readonly facts: Facts,
  ) {}

  static async start(log: Log, dataDir: string, maxCalls: number, env: Record<string, string>, priority: string[]): Promise<BenchServer> {
    const args = ["serve", "--agent", "bench", "--host", "127.0.0.1", "--port", "0", "--max-calls", String(maxCalls), "--data-dir", dataDir, "--log-level", "warn"];
    const [command, ...rest] = [...priority, "taskset", "-c", kServerCore, parleyBinary, ...args];
    const settings = { PARLEY_SHARDS: "1", PARLEY_API_REQUESTS_PER_SECOND: "100000", ...env };
    const child = launch(command!, rest, settings);
    let output = "";
    const port = await new Promise<number>((resolve, reject) => {
      child.stderr!.on("data", (text: Buffer) => (output = (output + text.toString()).slice(-4000)));
      child.stdout!.on("data", (text: Buffer) => {
        output += text.toString();
        const found = /listening on \S+:(\d+)/.exec(output);
        if (found) resolve(Number(found[1]));
      });
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`parley ended with ${code}: ${output}`)));
    });
    const server = new BenchServer(child, port, { log, agents: [], numbers: [], ownNumbers: [] });
    await server.setUp();
    return server;
  }

  /** Agents and numbers that the writing requests change; those of an earlier run are there. */
  private async setUp(): Promise<void> {
    const connection = await HttpClient.connect(this.port);
    const items = async (path: string) =>
      (JSON.parse((await connection.request("GET", path)).body.toString()) as { items: { id: string; name?: string; phoneNumber?: string }[] }).items;
    if ((await items("/api/v1/agents")).length === 0) {
      for (let n = 0; n < kAgents; n++) await made(connection, "/api/v1/agents", agentToMake(n));
      for (let n = 0; n < kOwnNumbers; n++) await made(connection, "/api/v1/phone-numbers", numberToMake(n));
    }
    const byName = (a: { name?: string }, b: { name?: string }) => (a.name! < b.name! ? -1 : 1);
    this.facts.agents = (await items("/api/v1/agents")).sort(byName).map(({ id }) => id);
    const numbers = await items("/api/v1/phone-numbers");
    this.facts.numbers = numbers.map(({ id }) => id);
    this.facts.ownNumbers = numbers.map(({ phoneNumber }) => phoneNumber!);
    connection.close();
  }

  async stop(): Promise<void> {
    this.client.stop();
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await ended;
  }

  load(plan: Omit<LoadPlan, "port" | "facts">): Promise<LoadResult> {
    return this.client.load({ port: this.port, facts: this.facts, ...plan });
  }

  /** Calls for so long, and `meanwhile` from their arrival to their end. */
  async calls(count: number, seconds: number, priority: string[], meanwhile?: (seconds: number) => Promise<LoadResult>): Promise<{ calls: Calls; api: LoadResult | undefined }> {
    const ramp = Math.max(1, Math.ceil(count / 250));
    const settle = 4;
    const before = await this.metrics();
    const used = processorTime(this.child.pid!);
    const args = ["bench", `ws://127.0.0.1:${this.port}/media`, "--calls", count, "--piece", "20ms", "--ramp", `${ramp}s`, "--settle", `${settle}s`];
    args.push("--measure", `${seconds}s`, "--server-pid", this.child.pid!, "-o", "json");
    const [command, ...rest] = [...priority, ...onCores(kOtherCores, parleyBinary, args.map(String)).flat()];
    // Its exit code is 1 when a call was not held, which its answer tells better.
    const [printed, api] = await Promise.all([
      run("sh", ["-c", '"$@" || true', "sh", command!, ...rest]),
      meanwhile === undefined ? undefined : sleep(ramp * 1000).then(() => meanwhile(settle + seconds - 1)),
    ]);
    if (printed.trim() === "") throw new Error("parley bench told nothing");
    const after = processorTime(this.child.pid!);
    await sleep(500); // the last calls are being closed; their late frames are counted then
    const now = await this.metrics();
    const span = after.at - used.at;
    const told = JSON.parse(printed) as Omit<Calls, "late" | "shareP99" | "load" | "others"> & { server_processor_seconds: number; seconds: number };
    return {
      calls: {
        ...told,
        late: now.late - before.late,
        shareP99: quantileMs(before.responses, now.responses, 0.99),
        load: told.server_processor_seconds / told.seconds,
        others: (after.core - used.core - (after.own - used.own)) / span,
      },
      api,
    };
  }

  private async metrics(): Promise<{ late: number; responses: [number, number][] }> {
    const text = await (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text();
    const late = [...text.matchAll(/^parley_late_frames_total(?:\{.*\})? (\S+)$/gm)].reduce((sum, found) => sum + Number(found[1]), 0);
    const responses = [...text.matchAll(/^parley_response_seconds_bucket\{.*le="([^"]+)"\} (\S+)$/gm)].map(
      (found): [number, number] => [found[1] === "+Inf" ? Infinity : Number(found[1]), Number(found[2])],
    );
    return { late, responses };
  }
}

function quantileMs(before: [number, number][], after: [number, number][], part: number): number {
  const counts = after.map(([bound, count], i): [number, number] => [bound, count - (before[i]?.[1] ?? 0)]);
  const total = counts.at(-1)?.[1] ?? 0;
  return total === 0 ? NaN : counts.find(([, count]) => count >= part * total)![0] * 1000;
}

async function made(connection: HttpClient, path: string, body: string): Promise<void> {
  const answer = await connection.request("POST", path, body);
  if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${answer.body.toString()}`);
}

// Behind the callers on their core, so that the clients do not make the callers late.
class ApiClients {
  private child: ChildProcess | undefined;

  load(plan: LoadPlan): Promise<LoadResult> {
    this.child ??= fork(join(repositoryRoot, "tests", "control", "bench", "load_worker.ts"), [], {
      cwd: join(repositoryRoot, "tests"),
      execPath: "nice",
      execArgv: ["-n", "10", process.execPath, "--import", "tsx"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const child = this.child;
    return new Promise((resolve, reject) => {
      const gone = () => reject(new Error("the clients of the API ended"));
      child.once("exit", gone);
      child.once("message", (answer: { result?: LoadResult; error?: string }) => {
        child.off("exit", gone);
        if (answer.result !== undefined) resolve(answer.result);
        else reject(new Error(answer.error));
      });
      child.send(plan);
    });
  }

  stop(): void {
    this.child?.kill("SIGKILL");
    this.child = undefined;
  }
}
