// `parley doctor`: every key is tried with a request that costs nothing, and what is wrong is named with its cure.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runParley } from "../e2e/support/server.js";
import { Emulation } from "./support/emulation.js";

interface Checkup {
  vendor: string;
  has_key: boolean;
  asked: boolean;
  works: boolean | null;
  first_ms: number;
  warm_ms: number;
  fault?: string;
  error?: string;
  notes: string[];
  models: number;
}

let emulation: Emulation;
let directory: string;
beforeAll(async () => {
  emulation = await Emulation.start();
  directory = mkdtempSync(join(tmpdir(), "parley-doctor-"));
});
afterAll(async () => {
  await emulation?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const kUsual = ["deepgram", "openai", "gemini", "elevenlabs", "sarvam"];
const kNoKeys = Object.fromEntries(["DEEPGRAM", "OPENAI", "GEMINI", "ELEVENLABS", "SARVAM", "OLLAMA"].map((name) => [`${name}_API_KEY`, ""]));

async function examine(env: Record<string, string>, args: string[] = []) {
  const result = await runParley(["doctor", "-o", "json", ...args], { env });
  const report = JSON.parse(result.stdout) as { vendors: Checkup[]; warnings: string[] };
  return { ...result, ...report, of: (vendor: string) => report.vendors.find((one) => one.vendor === vendor)! };
}

describe.concurrent("the doctor", () => {
  test("finds good keys good, by cheap requests, and says how long they took", async () => {
    const env = emulation.environment("doctor-good");
    const report = await examine(env);
    for (const vendor of kUsual) {
      expect(report.of(vendor), vendor).toMatchObject({ has_key: true, asked: true, works: true });
      expect(report.of(vendor).first_ms).toBeGreaterThan(0);
      expect(report.of(vendor).warm_ms).toBeGreaterThan(0);
    }
    expect(report.of("openai").models).toBeGreaterThan(5);
    expect(report.code).toBe(0);
    const { entries } = await emulation.state("doctor-good");
    const asked = entries.map((entry) => `${entry.vendor} ${entry.method} ${entry.path}`);
    // Nothing that is charged: lists, and a request that is refused as empty.
    for (const request of asked) expect(request).toMatch(/GET .*(models|projects)$|sarvam POST \/text-to-speech$/);
    expect(entries.find((entry) => entry.vendor === "sarvam")!.body).toEqual({});

    const text = await runParley(["doctor"], { env });
    for (const vendor of kUsual) expect(text.stdout).toMatch(new RegExp(`^${vendor}\\s+set\\s+works\\s+\\d+ ms\\s+\\d+ ms`, "m"));
  });

  test("names a bad key's setting, and never shows the key", async () => {
    const env = emulation.environment("bad-secret-0815");
    const report = await examine(env);
    for (const vendor of kUsual) {
      expect(report.of(vendor), vendor).toMatchObject({ has_key: true, asked: true, works: false, fault: "bad_key" });
      expect(report.of(vendor).error).toContain(`${vendor.toUpperCase()}_API_KEY`);
    }
    expect(report.code).toBe(1);
    const text = await runParley(["doctor"], { env });
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/^openai\s+set\s+bad_key/m);
    for (const output of [text.stdout, text.stderr, report.stdout, report.stderr]) expect(output).not.toContain("bad-secret");
  });

  test("tells faults of an account apart", async () => {
    const key = "doctor-faults";
    await emulation.rule({ vendor: "openai", key, part: "*", fault: "no_credit" }, { vendor: "elevenlabs", key, part: "*", fault: "rate_limit" }, { vendor: "deepgram", key, part: "*", fault: "server_error" });
    const report = await examine(emulation.environment(key));
    expect(report.of("openai").fault).toBe("no_credit");
    expect(report.of("elevenlabs").fault).toBe("rate_limited");
    expect(report.of("deepgram").works).toBe(false);
    expect(report.of("gemini").works).toBe(true);
    expect(report.code).toBe(1);
  });

  test("does not mind keys that are absent", async () => {
    const report = await examine({ ...emulation.environment("unused"), ...kNoKeys, BRAIN_KEY: "", OLLAMA_BASE_URL: "" });
    for (const vendor of kUsual) expect(report.of(vendor), vendor).toMatchObject({ has_key: false, asked: false, works: null });
    expect(report.code).toBe(0);
    const text = await runParley(["doctor"], { env: { ...kNoKeys, OLLAMA_BASE_URL: "" } });
    expect(text.stdout).toContain("No key is set");
    expect(text.stdout).toMatch(/^openai\s+-\s+not set up/m);
    expect(text.code).toBe(0);
  });

  test("a vendor that cannot be reached is said to be unreachable", async () => {
    const env = { ...kNoKeys, OPENAI_API_KEY: "k", OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
    const report = await examine(env);
    expect(report.of("openai")).toMatchObject({ works: false, fault: "unreachable" });
    expect(report.code).toBe(1);
  });

  test("warns of an agent's models that have ended or will", async () => {
    const file = join(directory, "old.yaml");
    const agent = { name: "old", llm: { provider: "openai", model: "gpt-4", fallbacks: [{ provider: "openai", model: "gpt-4o" }] }, tts: { provider: "openai", model: "tts-1" } };
    writeFileSync(file, JSON.stringify(agent));
    const report = await examine(kNoKeys, ["--agent", file]);
    const about = report.warnings.filter((warning) => warning.includes("'old'"));
    expect(about).toEqual([
      expect.stringMatching(/llm: openai gpt-4 ended on 2026-10-23.*use gpt-6-luna instead/),
      expect.stringMatching(/llm: openai gpt-4o end(s|ed) on 2027-01-14/),
      expect.stringMatching(/tts: openai tts-1 end(s|ed) on 2027-01-06/),
    ]);
    const text = await runParley(["doctor", "--agent", file], { env: kNoKeys });
    expect(text.stdout).toMatch(/^warning: agent 'old', llm: openai gpt-4 ended on 2026-10-23/m);
  });

  test("tells what the vendor itself says about models that end", async () => {
    const report = await examine(emulation.environment("doctor-notes"));
    expect(report.of("openai").notes.join("\n")).toMatch(/gpt-4o ends on 2027-01-14/);
  });
});
