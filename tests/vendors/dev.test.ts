// `parley dev`: what somebody without any key, or with some, meets first.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ExotelCaller } from "../e2e/support/exotel.js";
import { type Call, parleyBinary, repositoryRoot, runParley } from "../e2e/support/server.js";
import { findWorker, Speech } from "../emulators/core/speech.js";

const kEmulators = join(repositoryRoot, "tests", "emulators");
const kNoKeys = Object.fromEntries(["DEEPGRAM", "OPENAI", "GEMINI", "ELEVENLABS", "SARVAM"].map((name) => [`${name}_API_KEY`, ""]));

type AtEnd = (what: () => void) => void;

class Dev {
  stdout = "";
  stderr = "";
  port = 0;
  readonly dataDir = mkdtempSync(join(tmpdir(), "parley-dev-"));
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(atEnd: AtEnd, args: string[], env: Record<string, string> = {}) {
    this.child = spawn(parleyBinary, ["dev", "--port", "0", "--data-dir", this.dataDir, ...args], {
      cwd: repositoryRoot,
      env: { ...process.env, ...kNoKeys, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    atEnd(() => {
      this.child.kill("SIGKILL");
      rmSync(this.dataDir, { recursive: true, force: true });
    });
  }

  /** The only call, when all of it is in the log. */
  async endedCall(): Promise<UsedCall> {
    const json = async (...args: string[]) => JSON.parse((await runParley(["calls", ...args, "-o", "json", "--data-dir", this.dataDir])).stdout) as unknown;
    for (const deadline = Date.now() + 8000; ; ) {
      const [summary] = ((await json("list")) as { items: Call[] }).items;
      const call = summary && ((await json("show", summary.id)) as UsedCall);
      if (call !== undefined && call.status !== "in_progress") return call;
      if (Date.now() > deadline) throw new Error(`the call never ended: ${JSON.stringify(call)}`);
    }
  }

  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      void this.ended.then((code) => reject(new Error(`it ended with ${code}: ${this.stderr}`)));
      this.child.stdout!.setEncoding("utf8").on("data", (text: string) => {
        this.stdout += text;
        const found = /^parley: listening on http:\/\/.*:(\d+)$/m.exec(this.stdout);
        if (found === null) return;
        this.port = Number(found[1]);
        resolve();
      });
    });
  }
}

type UsedCall = Call & { usage: { vendor: string }[] };

/** Processes whose parent this is. */
function childrenOf(pid: number): number[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return all.map(Number).filter((one) => {
    try {
      return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${one}/stat`, "utf8"))![1]) === pid;
    } catch {
      return false; // it has ended meanwhile
    }
  });
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 8000; !holds(); ) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

describe.concurrent("parley dev", () => {
  test("--mock holds a whole call with no key at all, and takes the emulators down with it", async ({ onTestFinished }) => {
    const dev = new Dev(onTestFinished, ["--mock", "--emulators", kEmulators]);
    await dev.ready();
    expect(dev.stdout).toContain(`emulated vendors of ${kEmulators}, with made-up keys`);
    for (const vendor of ["brain", "deepgram", "elevenlabs", "gemini", "openai", "sarvam"]) expect(dev.stdout).toMatch(new RegExp(`^dev:   ${vendor} at http://127.0.0.1:\\d+$`, "m"));
    expect(dev.stdout).toContain("dev: agent vendors-demo");

    const voice = await Speech.start(findWorker()!);
    onTestFinished(() => voice.stop());
    const caller = await ExotelCaller.dial(`ws://127.0.0.1:${dev.port}/media`);
    await caller.agentFinished();
    const before = caller.received.length;
    await caller.say(await voice.speak("what are your opening hours", { rate: 8000 }));
    await caller.agentSpeaks(before);
    await caller.agentFinished();
    await caller.say(await voice.speak("goodbye", { rate: 8000 }));
    await caller.closed(20_000);
    const call = await dev.endedCall();
    expect(call.turns.map((turn) => turn.agentHeard)).toEqual([
      "Hello, this is the front desk. How can I help you?",
      "We’re open from nine to five. Please come any day.",
      "Thank you for calling. Goodbye.",
    ]);
    expect(new Set(call.usage.map((row) => row.vendor))).toEqual(new Set(["deepgram", "openai", "elevenlabs", "exotel"]));

    const emulators = childrenOf(dev.child.pid!);
    expect(emulators).toHaveLength(1);
    dev.child.kill("SIGTERM");
    expect(await dev.ended).toBe(0);
    expect(emulators.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  });

  test("--mock leaves no emulators behind when it is killed", async ({ onTestFinished }) => {
    const dev = new Dev(onTestFinished, ["--mock", "--emulators", kEmulators, "--latency", "published"]);
    await dev.ready();
    const emulators = childrenOf(dev.child.pid!);
    expect(emulators).toHaveLength(1);
    dev.child.kill("SIGKILL");
    await dev.ended;
    await until(() => emulators.every((pid) => !existsSync(`/proc/${pid}`)), "the emulators to end");
  });

  test("--mock uses no real key, even when there is one", async ({ onTestFinished }) => {
    const dev = new Dev(onTestFinished, ["--mock", "--emulators", kEmulators], { OPENAI_API_KEY: "sk-real", OPENAI_BASE_URL: "https://api.openai.com/v1" });
    await dev.ready();
    const [emulator] = childrenOf(dev.child.pid!);
    // Nor is it in the emulators' environment.
    expect(readFileSync(`/proc/${emulator}/environ`, "utf8")).not.toContain("sk-real");
    expect(dev.stdout + dev.stderr).not.toContain("sk-real");
    dev.child.kill("SIGTERM");
    expect(await dev.ended).toBe(0);
  });

  test("without --mock it serves with what keys there are, and says which", async ({ onTestFinished }) => {
    const dev = new Dev(onTestFinished, [], { DEEPGRAM_API_KEY: "dg-secret" });
    await dev.ready();
    expect(dev.stdout).toMatch(/^dev: vendors with a key: deepgram$/m);
    expect(dev.stdout).toMatch(/^dev: without one: .*openai \(OPENAI_API_KEY\)/m);
    expect(dev.stdout).toMatch(/^dev: agent appointment-desk/m);
    expect(dev.stdout + dev.stderr).not.toContain("dg-secret");
    dev.child.kill("SIGTERM");
    expect(await dev.ended).toBe(0);
  });

  test("what is missing is named with its cure", async () => {
    const result = await runParley(["dev", "--mock", "--emulators", tmpdir(), "--port", "0", "--data-dir", join(tmpdir(), "never-made")]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("does not hold the emulated vendors: name tests/emulators of a checkout");
  });
});
