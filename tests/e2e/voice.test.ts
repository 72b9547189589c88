// Whole conversations on sound: the simulator speaks with the local voice, the server understands it with the local
// recogniser. Nothing is typed.
import { join } from "node:path";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server, runParley, temporaryDirectory, testData } from "./support/server.js";
import { readWav, rms } from "./support/wav.js";

describe("the appointment desk", () => {
  let server: Server;
  let directory: string;
  beforeAll(async () => {
    directory = temporaryDirectory();
    server = await Server.start({ agent: "appointment-desk" });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test("the demo call: three turns understood, one interruption obeyed, no protocol error", async () => {
    const heard = join(directory, "heard.wav");
    const script = join(testData, "demo_call.txt");
    const result = await runParley(
      ["call", `${server.ws}/media`, "--script", script, "--strict", "--heard", heard],
      { timeoutMs: 110_000 },
    );
    expect(result.code, result.stdout + result.stderr).toBe(0);
    expect(result.stdout).toMatch(/^agent: /m);
    expect(result.stdout.match(/^caller: /gm)!.length).toBeGreaterThanOrEqual(3);
    expect(rms(readWav(heard).channels[1]!)).toBeGreaterThan(100);

    const summary = (await server.calls())[0]!;
    const call = await server.callOfStream(summary.streamId);
    expect(call.status).toBe("completed");
    const understood = call.turns.filter((turn) => turn.inputKind === "speech" && turn.callerText !== "");
    expect(understood.length).toBeGreaterThanOrEqual(3);
    const cut = call.turns.filter((turn) => turn.interrupted);
    expect(cut.length).toBeGreaterThanOrEqual(1);
    for (const turn of cut) expect(turn.agentHeard.length).toBeLessThan(turn.agentText.length);
  }, 120_000);

  test("what lies outside the grammar is asked for again, not guessed", async () => {
    const result = await runParley(
      ["call", `${server.ws}/media`, "--say", "the purple elephant swims under a wooden bridge", "--strict"],
      { timeoutMs: 60_000 },
    );
    expect(result.code, result.stdout + result.stderr).toBe(0);
    const call = await server.call((await server.calls())[0]!.id);
    expect(call.turns.some((turn) => turn.inputKind === "not_understood")).toBe(true);
  }, 70_000);
});
