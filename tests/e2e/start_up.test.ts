// What cannot start says why in one line that names the fix, and ends with a code other than 0.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runParley, temporaryDirectory } from "./support/server.js";

let directory: string;
beforeAll(() => {
  directory = temporaryDirectory();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function failingServe(args: string[], env: Record<string, string> = {}): Promise<string> {
  const base = ["serve", "--host", "127.0.0.1"];
  if (!args.includes("--port")) base.push("--port", "0");
  if (!args.includes("--data-dir")) base.push("--data-dir", join(directory, "data"));
  const result = await runParley([...base, ...args], { env, timeoutMs: 10_000 });
  expect(result.code).toBeGreaterThan(0);
  expect(result.stdout).not.toContain("listening");
  // One line for the user; log lines of the way there do not count.
  const lines = result.stderr.split("\n").filter((line) => line.startsWith("parley: "));
  expect(lines, result.stderr).toHaveLength(1);
  return lines[0]!;
}

function agentFile(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

describe("a start that must fail", () => {
  test("an unknown agent: the known ones are named", async () => {
    const line = await failingServe(["--agent", "no-such-agent"]);
    expect(line).toContain("no-such-agent");
    expect(line).toContain("appointment-desk");
  });

  test("an agent file that is not there", async () => {
    expect(await failingServe(["--agent", join(directory, "missing.yaml")])).toContain("missing.yaml");
  });

  test("an agent file with an unknown key: the line, the key and what is allowed", async () => {
    const file = agentFile("typo.yaml", "kind: echo\nfirst_mesage: Hello\nname: typo\n");
    const line = await failingServe(["--agent", file]);
    expect(line).toContain("first_mesage");
    expect(line).toMatch(/(line |:)2\b/);
    expect(line).toContain("first_message");
  });

  test("an agent file with a value that is not allowed: the line and the allowed values", async () => {
    const file = agentFile("vad.yaml", "{kind: echo, name: vad,\n\nvad: {kind: magic}}\n");
    const line = await failingServe(["--agent", file]);
    expect(line).toMatch(/(line |:)3\b/);
    expect(line).toContain("webrtc");
    expect(line).toContain("energy");
  });

  test("an agent file that is not YAML", async () => {
    const file = agentFile("broken.yaml", "name: [unclosed\nother: }\n");
    expect(await failingServe(["--agent", file])).toContain("broken.yaml");
  });

  test("a port in use", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const port = String((other.address() as { port: number }).port);
    try {
      const line = await failingServe(["--agent", "bench", "--port", port]);
      expect(line).toContain(port);
      expect(line).toMatch(/in use/);
    } finally {
      other.close();
    }
  });

  test("a data directory that cannot be written", async () => {
    // A file stands where the directory should be: fails for root too.
    const file = agentFile("occupied", "");
    expect(await failingServe(["--agent", "bench", "--data-dir", join(file, "data")])).toContain("occupied");
  });

  test("model files that are missing: where they were looked for and the package that has them", async () => {
    const empty = join(directory, "no-models");
    mkdirSync(empty);
    const line = await failingServe(["--agent", "appointment-desk"], { PARLEY_SPEECH_MODEL_DIR: empty });
    expect(line).toContain(empty);
    expect(line).toContain("pocketsphinx-en-us");
  });

  test("an option that does not exist, and a value that is none", async () => {
    expect((await runParley(["serve", "--no-such-option"])).code).toBeGreaterThan(0);
    expect((await runParley(["serve", "--agent", "bench", "--port", "99999"])).code).toBeGreaterThan(0);
    expect((await runParley(["serve", "--agent", "bench", "--max-calls", "many"])).code).toBeGreaterThan(0);
  });
});

describe("the command line", () => {
  test("a call to a server that is not there fails and says so", async () => {
    const result = await runParley(["call", "ws://127.0.0.1:1/media", "--say", "hello"]);
    expect(result.code).toBeGreaterThan(0);
    expect(result.stdout + result.stderr).toContain("127.0.0.1:1");
  });

  test("a call that is not in the log", async () => {
    const dataDir = join(directory, "empty-log");
    const result = await runParley(["calls", "show", "nothing", "--data-dir", dataDir]);
    expect(result.code).toBeGreaterThan(0);
    expect(result.stderr).not.toBe("");
  });

  test("help and version", async () => {
    for (const args of [["--help"], ["serve", "--help"], ["call", "--help"], ["calls", "--help"]]) {
      const result = await runParley(args);
      expect(result.code).toBe(0);
      expect(result.stdout).not.toBe("");
    }
    expect((await runParley(["version"])).stdout).toMatch(/0\.1\.0/);
  });
});
