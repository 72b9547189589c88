// `parley exotel-emulator` on a free port, and what it tells of its calls.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Json, api } from "../../control/support/api.js";
import { parleyBinary } from "../../control/support/server.js";

// A port that is free now: the server and the emulator must know each other's before either is there.
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

// How the next Calls/connect goes wrong.
export interface Fault {
  status?: number;
  body?: string;
  contentType?: string;
  delayMs?: number;
  // The call is placed all the same.
  place?: boolean;
}

export class Emulator {
  url = "";
  output = "";
  private readonly directory = mkdtempSync(join(tmpdir(), "parley-carrier-"));
  private process: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();

  // `world`: the text of a world file; `server`: what {server} stands for in it.
  static async start(world: string, server: string, port = 0): Promise<Emulator> {
    const emulator = new Emulator();
    await emulator.launch(world, server, port);
    return emulator;
  }

  // Somebody calls one of the numbers; the call's Sid.
  async ring(from: string, to: string): Promise<string> {
    return (await this.must("POST", "/emulator/calls", { from, to })).sid;
  }

  // The call with its journal; answered when it is over.
  async ended(sid: string, within = "40s"): Promise<Json> {
    const call = await this.must("GET", `/emulator/calls/${sid}?wait=${within}`);
    if (!call.over) throw new Error(`the call ${sid} still goes on after ${within}: ${JSON.stringify(call)}`);
    return call;
  }
  call(sid: string): Promise<Json> {
    return this.must("GET", `/emulator/calls/${sid}`);
  }
  // Newest or oldest first, as the emulator has them; without journals.
  async calls(): Promise<Json[]> {
    return (await this.must("GET", "/emulator/calls")).calls;
  }
  hangUp(sid: string): Promise<Json> {
    return this.must("POST", `/emulator/calls/${sid}/hangup`);
  }
  next(fault: Fault): Promise<Json> {
    return this.must("POST", "/emulator/next", fault);
  }
  report(): Promise<Json> {
    return this.must("GET", "/emulator/report");
  }
  // What the server did wrong, in all calls or in one; advice does not count.
  async violations(sid?: string): Promise<string[]> {
    const report = await this.report();
    const found: Json[] = report.findings ?? report;
    return found
      .filter((one) => one.severity !== "advice" && (sid === undefined || one.call === sid))
      .map((one) => `${one.rule}: ${one.text}`);
  }

  async stop(): Promise<void> {
    if (this.process?.exitCode === null && this.process.signalCode === null) this.process.kill("SIGKILL");
    await this.exited;
    rmSync(this.directory, { recursive: true, force: true });
  }

  private must(method: string, path: string, json?: unknown): Promise<Json> {
    return api(this.url).must(method, path, json);
  }

  private launch(world: string, server: string, port: number): Promise<void> {
    const file = join(this.directory, "world.yaml");
    writeFileSync(file, world);
    const args = ["exotel-emulator", "--port", String(port), "--server", server, "--world", file];
    const child = spawn(parleyBinary, args, {
      cwd: this.directory,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = child;
    this.exited = new Promise((resolve) => child.once("close", () => resolve()));
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        clearTimeout(timer);
        child.kill("SIGKILL");
        rmSync(this.directory, { recursive: true, force: true });
        reject(new Error(`the emulator ${why}\n${this.output}`));
      };
      const timer = setTimeout(() => fail("did not say that it listens within 20 s"), 20_000);
      const endedEarly = (code: number | null) => fail(`ended with ${code}`);
      child.once("exit", endedEarly);
      const hear = (text: string) => {
        this.output += text;
        const found = /^exotel-emulator: listening on (\S+)$/m.exec(this.output);
        if (found === null || this.url !== "") return;
        this.url = found[1]!;
        clearTimeout(timer);
        child.off("exit", endedEarly);
        resolve();
      };
      child.stdout!.setEncoding("utf8").on("data", hear);
      child.stderr!.setEncoding("utf8").on("data", hear);
    });
  }
}
