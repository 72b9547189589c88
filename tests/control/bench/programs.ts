// Programs beside this one: waiting for them, and their places on the machine's cores.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";

const cores = os.cpus().length;
/** The server's core; everything else is on the others. */
export const kServerCore = "0";
export const kOtherCores = cores > 2 ? `1-${cores - 1}` : "1";
export const kAllCores = `0-${cores - 1}`;

export const say = (text: string) => process.stderr.write(`bench: ${text}\n`);
export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const alive = new Set<ChildProcess>();
process.on("exit", () => alive.forEach((child) => child.kill("SIGKILL")));

export function launch(command: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(command, args, { cwd: os.tmpdir(), env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  return child;
}

/** Runs a program to its end and gives what it printed. */
export async function run(command: string, args: string[], input = "", env: Record<string, string> = {}): Promise<string> {
  const child = launch(command, args, env);
  let out = "";
  let errors = "";
  child.stdout!.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-4000)));
  // A program that ends early closes its input: its exit code tells why.
  child.stdin!.on("error", () => undefined);
  child.stdin!.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${errors || out.slice(-2000)}`);
  return out;
}

export const onCores = (places: string, command: string, args: string[]): [string, string[]] => ["taskset", ["-c", places, command, ...args]];

/** Seconds that the first core was busy, and those of one process. */
export function processorTime(pid: number): { core: number; own: number; at: number } {
  const core = /^cpu0 (.*)$/m.exec(readFileSync("/proc/stat", "utf8"))![1]!.split(" ").map(Number);
  const own = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ").map(Number);
  const [user, nice, system, , , interrupt, soft, steal] = core as [number, number, number, number, number, number, number, number];
  return { core: (user + nice + system + interrupt + soft + steal) / 100, own: (own[11]! + own[12]!) / 100, at: Date.now() / 1000 };
}
