// Real speech from parley-speech-worker, a small program around the parts that Parley has built in.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { pcmBytes, pcmSamples, resample } from "./audio.js";
import type { SpeakOptions } from "./types.js";

const kHere = dirname(fileURLToPath(import.meta.url));
export const kConversation = join(kHere, "..", "conversation.yaml");
const kCachedSamples = 64 << 20;

/** The built program: EMULATORS_SPEECH_WORKER, or where scripts/build puts it. */
export function findWorker(): string | undefined {
  const root = join(kHere, "..", "..", "..");
  const places = [process.env["EMULATORS_SPEECH_WORKER"], ...["release", "dev"].map((preset) => join(root, "build", preset, "parley-speech-worker"))];
  return places.find((place) => place !== undefined && existsSync(place));
}

interface WorkerAnswer {
  id: number;
  error?: string;
  pcm?: string;
  text?: string;
}

export class Speech {
  private readonly waiting = new Map<number, (answer: WorkerAnswer) => void>();
  private readonly spoken = new Map<string, Promise<Int16Array>>();
  private cached = 0;
  private next = 1;

  private constructor(private readonly child: ChildProcess) {}

  static async start(program: string): Promise<Speech> {
    const child = spawn(program, ["--agent", kConversation], { stdio: ["pipe", "pipe", "inherit"] });
    const speech = new Speech(child);
    await new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => {
        for (const give of speech.waiting.values()) give({ id: 0, error: "the speech worker has ended" });
        speech.waiting.clear();
        reject(new Error(`${program} ended with ${code}`));
      });
      // A worker that has died makes writes fail; what was asked is answered above.
      child.stdin!.on("error", () => undefined);
      createInterface({ input: child.stdout! }).on("line", (line) => {
        const answer = JSON.parse(line) as WorkerAnswer & { ready?: boolean };
        if (answer.ready) return resolve();
        speech.waiting.get(answer.id)?.(answer);
        speech.waiting.delete(answer.id);
      });
    });
    return speech;
  }

  stop(): void {
    this.child.stdin!.end();
  }

  async speak(text: string, { rate, language = "en", speed = 1 }: SpeakOptions): Promise<Int16Array> {
    // Only letters and digits are said.
    if (!/[\p{L}\p{N}]/u.test(text)) return new Int16Array(Math.round(rate / 10));
    const script = /[ऀ-ॿ]/.test(text) && language.startsWith("en") ? "hi" : language;
    const name = `${rate} ${script} ${text}`;
    let sound = this.spoken.get(name);
    if (!sound) {
      sound = this.ask({ op: "synthesise", text, language: script, rate }).then((answer) => pcmSamples(Buffer.from(answer.pcm ?? "", "base64")));
      this.spoken.set(name, sound);
      sound.then(
        (samples) => this.remember(samples.length),
        () => this.spoken.delete(name),
      );
    }
    const samples = await sound;
    return speed === 1 ? samples : resample(samples, rate * speed, rate);
  }

  async recognise(samples: Int16Array, rate: number): Promise<string> {
    if (samples.length < rate / 20) return "";
    const answer = await this.ask({ op: "recognise", rate, pcm: pcmBytes(samples).toString("base64") });
    return answer.text ?? "";
  }

  private remember(samples: number): void {
    this.cached += samples;
    if (this.cached <= kCachedSamples) return;
    this.cached = 0;
    this.spoken.clear();
  }

  private async ask(question: Record<string, unknown>): Promise<WorkerAnswer> {
    const id = this.next++;
    const answer = await new Promise<WorkerAnswer>((resolve) => {
      this.waiting.set(id, resolve);
      if (!this.child.stdin!.writable) resolve({ id, error: "the speech worker has ended" });
      else this.child.stdin!.write(`${JSON.stringify({ ...question, id })}\n`);
    });
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }
}
