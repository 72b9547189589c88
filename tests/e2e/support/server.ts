// The real program, started on a port of the system's choice with a data directory of its own.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
export const testData = join(repositoryRoot, "tests", "data");
export const e2eAgents = join(repositoryRoot, "tests", "e2e", "agents");

// E2E_BINARY lets the same tests run against a build with sanitizers.
export const parleyBinary = process.env["E2E_BINARY"] ?? join(repositoryRoot, "build", "release", "parley");

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

// What `parley calls show ID -o json` and `calls list -o json` print, in as far as the tests look at it.
export interface Turn {
  number: number;
  callerText: string;
  agentText: string;
  agentHeard: string;
  interrupted: boolean;
  inputKind: string;
}
export interface CallEvent {
  kind: string;
  detail: string;
  offsetMs: number;
}
export interface Call {
  id: string;
  sessionId: string;
  carrierCallId: string;
  streamId: string;
  phoneId: string;
  agent: string;
  from: string;
  to: string;
  status: string;
  endReason: string;
  durationMs: number;
  escalationRequested: boolean;
  sampleRateHz: number;
  recording: { durationMs: number; complete: boolean; storedIn: string; url: string } | null;
  turns: Turn[];
  events: CallEvent[];
}

// Within the data directory.
export const recordingOf = (call: Call) => join("recordings", `${call.id}.wav`);

export interface ServerOptions {
  agent?: string;
  args?: string[];
  env?: Record<string, string>;
  // Written as parley.yaml beside the data directory and passed with --config.
  config?: string;
  dataDir?: string;
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "parley-e2e-"));
}

// Runs the program to its end: for commands and for starts that must fail.
export function runParley(args: string[], options: { env?: Record<string, string>; timeoutMs?: number } = {}) {
  return new Promise<CommandResult>((resolve) => {
    execFile(
      parleyBinary,
      args,
      {
        cwd: repositoryRoot,
        env: { ...process.env, ...options.env },
        timeout: options.timeoutMs ?? 60_000,
        maxBuffer: 32 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

export class Server {
  readonly dataDir: string;
  port = 0;
  stdout = "";
  stderr = "";
  private process: ChildProcess | undefined;
  private readonly ownDirectory: string | undefined;
  private exited: Promise<Ended> | undefined;
  private wasKilled = false;

  private constructor(private readonly options: ServerOptions) {
    this.ownDirectory = options.dataDir === undefined ? temporaryDirectory() : undefined;
    this.dataDir = options.dataDir ?? join(this.ownDirectory!, "data");
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    if (!existsSync(parleyBinary)) throw new Error(`${parleyBinary} is not there: run scripts/build first`);
    const server = new Server(options);
    await server.launch();
    return server;
  }

  get http(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  get ws(): string {
    return `ws://127.0.0.1:${this.port}`;
  }
  get pid(): number {
    return this.process!.pid!;
  }
  // Resolves when the process has ended.
  get ended(): Promise<Ended> {
    return this.exited!;
  }

  signal(name: NodeJS.Signals): void {
    this.process?.kill(name);
  }

  get isRunning(): boolean {
    return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  // Ends the process; one that has died by itself is a failure of the test.
  async stop(): Promise<void> {
    const signal = this.process?.signalCode ?? null;
    if (this.isRunning) {
      this.signal("SIGKILL");
      await this.exited;
    }
    if (this.ownDirectory !== undefined) rmSync(this.ownDirectory, { recursive: true, force: true });
    if (signal !== null && !this.wasKilled) throw new Error(`the server died of ${signal}\n${this.stderr}`);
  }

  async kill(): Promise<Ended> {
    this.wasKilled = true;
    this.signal("SIGKILL");
    return this.ended;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.http + path, { headers });
  }

  async metrics(): Promise<Metrics> {
    const response = await this.get("/metrics");
    return new Metrics(await response.text());
  }

  async calls(): Promise<Call[]> {
    const result = await runParley(["calls", "list", "--limit", "1000", "-o", "json", "--data-dir", this.dataDir]);
    if (result.code !== 0) throw new Error(`calls list: ${result.stderr}`);
    return (JSON.parse(result.stdout) as { items: Call[] }).items;
  }

  async call(id: string): Promise<Call> {
    const result = await runParley(["calls", "show", id, "-o", "json", "--data-dir", this.dataDir]);
    if (result.code !== 0) throw new Error(`calls show: ${result.stderr}`);
    return JSON.parse(result.stdout) as Call;
  }

  // The call whose stream had this id. The log is written a moment after the fact, so it is asked for until `ready`
  // holds.
  async callOfStream(streamId: string, ready: (call: Call) => boolean = (call) => call.status !== "in_progress") {
    const deadline = Date.now() + 10_000;
    let last: Call | undefined;
    for (;;) {
      const summary = (await this.calls()).find((call) => call.streamId === streamId);
      if (summary !== undefined) {
        last = await this.call(summary.id);
        if (ready(last)) return last;
      }
      if (Date.now() > deadline)
        throw new Error(`the call log never showed the stream ${streamId} as wanted: ${JSON.stringify(last)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  private launch(): Promise<void> {
    const args = ["serve", "--host", "127.0.0.1", "--port", "0", "--data-dir", this.dataDir];
    if (this.options.agent !== undefined) args.push("--agent", this.options.agent);
    if (this.options.config !== undefined) {
      const file = join(this.ownDirectory ?? dirname(this.dataDir), "parley.yaml");
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, this.options.config);
      args.push("--config", file);
    }
    args.push(...(this.options.args ?? []));
    const child = spawn(parleyBinary, args, {
      cwd: repositoryRoot,
      env: { ...process.env, ...this.options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = child;
    this.exited = new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail("did not say that it listens within 15 s"), 15_000);
      const fail = (why: string) => {
        clearTimeout(timer);
        child.kill("SIGKILL");
        reject(new Error(`parley ${args.join(" ")} ${why}\n${this.stdout}${this.stderr}`));
      };
      child.once("error", (error) => fail(error.message));
      const endedEarly = (code: number | null) => fail(`ended with ${code}`);
      child.once("exit", endedEarly);
      child.stdout!.setEncoding("utf8").on("data", (text: string) => {
        this.stdout += text;
        const found = /^parley: listening on http:\/\/[^\s]*:(\d+)\s*$/m.exec(this.stdout);
        if (found === null || this.port !== 0) return;
        this.port = Number(found[1]);
        clearTimeout(timer);
        child.off("exit", endedEarly);
        resolve();
      });
    });
  }
}

// Prometheus' text format, as far as sums over labels.
export class Metrics {
  constructor(readonly text: string) {}

  // The sum of all samples of that name whose labels hold these.
  value(name: string, labels: Record<string, string> = {}): number {
    let sum = 0;
    for (const line of this.text.split("\n")) {
      const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
      if (found === null || found[1] !== name) continue;
      const there = found[2] ?? "";
      if (Object.entries(labels).every(([key, value]) => there.includes(`${key}="${value}"`))) sum += Number(found[3]);
    }
    return sum;
  }
}
