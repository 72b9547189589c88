// The emulated vendors as the program that people start by hand, and its control server.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { repositoryRoot } from "../../e2e/support/server.js";
import type { Addresses } from "../../emulators/core/emulator.js";
import type { Entry, JournalState } from "../../emulators/core/journal.js";
import { findWorker, Speech } from "../../emulators/core/speech.js";
import type { Rule } from "../../emulators/core/types.js";

export type { Entry, JournalState, Rule };
export type Scheme = "plain" | "tls";

const kTests = join(repositoryRoot, "tests");

export class Emulation {
  private constructor(
    readonly addresses: Addresses,
    private readonly child: ChildProcess,
    private readonly voice: Speech,
    private readonly said: () => string,
  ) {}

  static async start(args: string[] = []): Promise<Emulation> {
    const worker = findWorker();
    if (worker === undefined) throw new Error("parley-speech-worker is not there: run scripts/build first");
    const child = spawn(process.execPath, ["--import", "tsx", "emulators/main.ts", "--speech-worker", worker, ...args], {
      cwd: kTests,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stderr = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const first = new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout! }).once("line", resolve);
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`the emulators ended with ${code}: ${stderr}`)));
    });
    const [line, voice] = await Promise.all([first, Speech.start(worker)]);
    return new Emulation(JSON.parse(line) as Addresses, child, voice, () => stderr);
  }

  // What the emulators complained about: none of it is ever right.
  get complaints(): string {
    return this.said();
  }

  async stop(): Promise<void> {
    this.voice.stop();
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stdin!.end();
    await ended;
  }

  // Speech as the caller, or any of the vendors, would speak it.
  speak(text: string, rate = 8000): Promise<Int16Array> {
    return this.voice.speak(text, { rate });
  }

  url(vendor: string, scheme: "http" | "ws" | "https" | "wss"): string {
    return (this.addresses[vendor] as Record<string, string>)[scheme]!;
  }

  // Addresses and keys of all vendors. Every key is `key`, so that a test sees its own requests alone; Ollama's has the
  // ending by which the emulator knows it.
  environment(key: string, scheme: Scheme = "plain"): Record<string, string> {
    const http = scheme === "tls" ? "https" : "http";
    const ws = scheme === "tls" ? "wss" : "ws";
    return {
      OPENAI_BASE_URL: `${this.url("openai", http)}/v1`,
      OPENAI_API_KEY: key,
      OLLAMA_BASE_URL: `${this.url("openai", http)}/v1`,
      OLLAMA_API_KEY: `${key}-ollama`,
      GEMINI_BASE_URL: this.url("gemini", http),
      GEMINI_API_KEY: key,
      DEEPGRAM_BASE_URL: this.url("deepgram", http),
      DEEPGRAM_API_KEY: key,
      ELEVENLABS_BASE_URL: this.url("elevenlabs", http),
      ELEVENLABS_API_KEY: key,
      SARVAM_BASE_URL: this.url("sarvam", http),
      SARVAM_API_KEY: key,
      BRAIN_URL: this.url("brain", ws),
      BRAIN_KEY: key,
      ...(scheme === "tls" ? { PARLEY_VENDORS_CA_FILE: this.addresses.ca } : {}),
    };
  }

  async rule(...rules: Rule[]): Promise<void> {
    const response = await fetch(`${this.addresses.control}/rules`, { method: "POST", body: JSON.stringify(rules) });
    if (response.status !== 200) throw new Error(`rules: ${await response.text()}`);
  }

  async state(key: string): Promise<JournalState> {
    const response = await fetch(`${this.addresses.control}/state?key=${encodeURIComponent(key)}`);
    return (await response.json()) as JournalState;
  }

  // Asks until it holds: what is on its way to the emulators has no other event here.
  async until(key: string, holds: (state: JournalState) => boolean, what: string, withinMs = 8_000): Promise<JournalState> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const state = await this.state(key);
      if (holds(state)) return state;
      if (Date.now() > deadline) throw new Error(`the emulators never saw ${what}: ${JSON.stringify(state).slice(0, 3000)}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
