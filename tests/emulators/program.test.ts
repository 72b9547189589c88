// The emulator as a program: what it prints first, how it ends, and its plan of latencies.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Addresses } from "./core/emulator.js";

const kMain = fileURLToPath(new URL("main.ts", import.meta.url));

async function start(...more: string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", kMain, ...more], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  return { child, ended, addresses: JSON.parse(line) as Addresses };
}

async function ask(addresses: Addresses): Promise<number> {
  const { http } = addresses["openai"] as { http: string };
  const began = Date.now();
  const response = await fetch(`${http}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer sk" },
    body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "hello" }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
  return Date.now() - began;
}

test("names every vendor's addresses, answers at once, and ends with its stdin", async () => {
  const { child, ended, addresses } = await start();
  for (const vendor of ["openai", "gemini", "brain", "deepgram", "elevenlabs", "sarvam"]) {
    expect(addresses[vendor]).toEqual({
      http: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      ws: expect.stringMatching(/^ws:/),
      https: expect.stringMatching(/^https:/),
      wss: expect.stringMatching(/^wss:/),
    });
  }
  expect(existsSync(addresses.ca)).toBe(true);
  await ask(addresses);
  child.stdin.end();
  expect(await ended).toBe(0);
  expect(existsSync(addresses.ca)).toBe(false);
});

test("waits as the vendors are said to, and ends by SIGTERM", async () => {
  const { child, ended, addresses } = await start("--latency", "published");
  expect(await ask(addresses)).toBeGreaterThanOrEqual(750);
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
});
