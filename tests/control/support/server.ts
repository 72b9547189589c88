// The real program on a port of the system's choice, with a directory and an environment of its own.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
export const testData = join(repositoryRoot, "tests", "data");

// E2E_BINARY lets the same tests run against a build with sanitizers.
export const parleyBinary = process.env["E2E_BINARY"] ?? join(repositoryRoot, "build", "release", "parley");

export interface ServerOptions {
  // Who answers: a name, or the path of an agent file. The default needs no vendor and answers at once.
  agent?: string;
  host?: string;
  port?: number;
  args?: string[];
  env?: Record<string, string>;
  // Written as the parley.yaml of the server; nested as in the file: {api: {cors_origins: [...]}}.
  settings?: Record<string, unknown>;
  // Kept when the server stops; without it a directory is made and removed.
  dataDir?: string;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface CommandResult extends Ended {
  stdout: string;
  stderr: string;
}

// Nothing of the machine's own settings may reach a server under test.
function environment(own: Record<string, string> = {}): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env))
    if (value !== undefined && /^(PATH|HOME|TMPDIR|LANG|.*SAN_OPTIONS)$/.test(name)) kept[name] = value;
  return { ...kept, ...own };
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

// Asks until `probe` gives something; for what a server does a moment after it has answered.
export async function eventually<T>(what: string, probe: () => Promise<T | undefined | false>, withinMs = 10_000) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`within ${withinMs} ms: ${what}`);
    await pause(25);
  }
}

export class Server {
  readonly dataDir: string;
  port = 0;
  stdout = "";
  stderr = "";
  private process: ChildProcess | undefined;
  private readonly directory = mkdtempSync(join(tmpdir(), "parley-control-"));
  private exited: Promise<Ended> = Promise.resolve({ code: null, signal: null });
  private ending = false;

  private constructor(private readonly options: ServerOptions) {
    this.dataDir = options.dataDir ?? join(this.directory, "data");
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    if (!existsSync(parleyBinary)) throw new Error(`${parleyBinary} is not there: run scripts/build first`);
    const server = new Server(options);
    await server.launch();
    return server;
  }

  // Where tests reach it, whatever address it listens on.
  get url(): string {
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
    return this.exited;
  }
  get isRunning(): boolean {
    return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }
  // The one-time link of a server without users, as printed; undefined when there are users.
  get ownerLink(): string | undefined {
    return /become the owner at (\S+)/.exec(this.stdout)?.[1];
  }
  get ownerToken(): string {
    const token = this.ownerLink?.split("/").pop();
    if (token === undefined) throw new Error(`the server printed no owner link\n${this.stdout}`);
    return token;
  }

  signal(name: NodeJS.Signals): void {
    this.process?.kill(name);
  }

  // Ends the process and removes what was made for it. One that has died by itself is a failure of the test.
  async stop(): Promise<void> {
    const diedOf = this.ending ? null : (this.process?.signalCode ?? null);
    if (this.isRunning) await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
    if (diedOf !== null) throw new Error(`the server died of ${diedOf}\n${this.stderr}`);
  }

  // SIGTERM, and waits: the way a service manager stops it.
  async shutDown(): Promise<Ended> {
    this.ending = true;
    this.signal("SIGTERM");
    return this.exited;
  }

  async kill(): Promise<Ended> {
    this.ending = true;
    this.signal("SIGKILL");
    return this.exited;
  }

  // Starts the program again on the same data and, so that clients find it, the same port.
  async restart(): Promise<void> {
    if (this.isRunning) await this.kill();
    const port = this.port;
    this.port = 0;
    this.stdout = "";
    await this.launch(port);
  }

  private launch(port = this.options.port ?? 0): Promise<void> {
    this.ending = false;
    const args = ["serve", "--host", this.options.host ?? "127.0.0.1", "--port", String(port)];
    args.push("--data-dir", this.dataDir, "--agent", this.options.agent ?? "bench");
    if (this.options.settings !== undefined) {
      const file = join(this.directory, "parley.yaml");
      // YAML has JSON in it.
      writeFileSync(file, JSON.stringify(this.options.settings));
      args.push("--config", file);
    }
    args.push(...(this.options.args ?? []));
    const child = spawn(parleyBinary, args, {
      cwd: this.directory,
      // Tests ask faster than anybody, and two cores carry servers, callers and browsers at once: the limit and the door
      // have tests of their own.
      env: environment({ PARLEY_API_REQUESTS_PER_SECOND: "100000", PARLEY_MAX_LOOP_LAG: "5s", ...this.options.env }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = child;
    this.exited = new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        clearTimeout(timer);
        child.kill("SIGKILL");
        rmSync(this.directory, { recursive: true, force: true });
        reject(new Error(`parley ${args.join(" ")} ${why}\n${this.stdout}${this.stderr}`));
      };
      const timer = setTimeout(() => fail("did not say that it listens within 20 s"), 20_000);
      child.once("error", (error) => fail(error.message));
      const endedEarly = (code: number | null) => fail(`ended with ${code}`);
      child.once("exit", endedEarly);
      child.stdout!.setEncoding("utf8").on("data", (text: string) => {
        this.stdout += text;
        const found = /^parley: listening on \S*:(\d+)\s*$/m.exec(this.stdout);
        if (found === null || this.port !== 0) return;
        this.port = Number(found[1]);
        clearTimeout(timer);
        child.off("exit", endedEarly);
        resolve();
      });
    });
  }
}

export const startServer = (options: ServerOptions = {}) => Server.start(options);

// Runs the program to its end: for commands and for starts that must fail.
export function runParley(args: string[], options: { env?: Record<string, string>; timeoutMs?: number } = {}) {
  return new Promise<CommandResult>((resolve) => {
    execFile(
      parleyBinary,
      args,
      {
        cwd: tmpdir(),
        env: environment(options.env),
        timeout: options.timeoutMs ?? 60_000,
        maxBuffer: 32 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : null;
        resolve({ code, signal: error?.signal ?? null, stdout, stderr });
      },
    );
  });
}
