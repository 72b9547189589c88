// One part away for the whole of a call: the caller notices nothing, and everything arrives later, once.
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { api } from "../support/api.js";
import { eventually } from "../support/server.js";
import { type HeardCall, makeCall } from "./callers.js";
import { checkCalls, checkLeftovers } from "./checks.js";
import { World } from "./world.js";

const kCalls = 5;

async function someCalls(world: World): Promise<HeardCall[]> {
  const calls = await Promise.all(
    Array.from({ length: kCalls }, () => makeCall(world.streamUrl, { turns: 3, sampleRate: 8000 })),
  );
  expect(calls.every((call) => call !== undefined)).toBe(true);
  return calls as HeardCall[];
}

// The caller had every answer in time and without a hole, and hung up as planned.
function expectUndisturbed(calls: readonly HeardCall[]): void {
  for (const call of calls) {
    expect(call.trouble).toBe("");
    expect(call.turnsDone.length).toBe(3);
    expect(call.hungUpAt).toBeGreaterThan(0);
    expect(Math.max(0, ...call.holes.map((hole) => hole.ms))).toBeLessThan(600);
    expect(Math.max(...call.answers.map((wait) => wait.ms))).toBeLessThan(3000);
  }
}

// All that the callers know of, whole: every turn and a recording in the store.
async function expectAllOfIt(world: World, calls: readonly HeardCall[]): Promise<void> {
  const problems: string[] = [];
  const seen = await checkCalls(world, calls, problems);
  await checkLeftovers(world, problems);
  expect(problems).toEqual([]);
  expect(seen).toMatchObject({ logged: calls.length, recordings: calls.length });
}

const rowCounts = (world: World) =>
  ["sessions", "calls", "turns", "events", "recordings", "usage"].map((table) => world.cluster.sql(`SELECT count(*) FROM ${table}`)[0]);

describe("a part that is away for a whole call", () => {
  let world: World;

  beforeEach(async () => {
    world = await World.make();
  }, 60_000);
  afterEach(() => world?.remove(), 60_000);

  it("PostgreSQL: rows wait on disk and are delivered once", async () => {
    const postgres = await world.kill("postgres");
    const calls = await someCalls(world);
    expectUndisturbed(calls);
    await eventually("rows in the spool", async () => (await world.metric("parley_call_log_spooled_rows")) > 0);
    expect(world.spoolFiles().length).toBeGreaterThan(0);
    expect((await api(world.url).get("/api/v1/calls")).status).toBe(503);
    expect((await fetch(`${world.url}/healthz`)).status).toBe(200);

    await postgres.back();
    await world.settled(60_000);
    await expectAllOfIt(world, calls);
    // What was delivered is not delivered again by the next process.
    const counts = rowCounts(world);
    expect(await world.shutServerDown()).toBe(0);
    await world.startServer();
    await expectAllOfIt(world, calls);
    expect(rowCounts(world)).toEqual(counts);
  }, 120_000);

  it("PostgreSQL, and the server is killed before it is back: the next process delivers", async () => {
    const before = await someCalls(world);
    const postgres = await world.kill("postgres");
    const during = await someCalls(world);
    const cutOff = someCalls(world);
    await eventually("calls under way", async () => (await world.metric("parley_calls_active")) === kCalls);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const server = await world.kill("server");
    const dead = await cutOff;
    expect(dead.every((call) => call.deadAt > 0)).toBe(true);
    expectUndisturbed([...before, ...during]);
    expect(world.spoolFiles().length).toBeGreaterThan(0);

    await postgres.back();
    await server.back();
    await world.settled(60_000);
    await expectAllOfIt(world, [...before, ...during, ...dead]);
    expect(world.cluster.sql("SELECT status, count(*) FROM calls GROUP BY status ORDER BY status")).toEqual([
      `completed|${2 * kCalls}`,
      `interrupted|${kCalls}`,
    ]);
  }, 120_000);

  it("the S3 store, and the server is started anew in between: the recordings arrive", async () => {
    const s3 = await world.kill("s3");
    const ended = await someCalls(world);
    expectUndisturbed(ended);
    expect(world.recordingFiles().length).toBe(kCalls);
    const listed = await api(world.url).must("GET", "/api/v1/calls");
    // Until then they are heard from here.
    for (const call of listed.items) {
      const sound = await api(world.url).get(`/api/v1/calls/${call.id}/recording`);
      expect(sound.status).toBe(200);
    }
    const server = await world.kill("server");
    await server.back();
    expect(world.recordingFiles().length).toBe(kCalls);
    await s3.back();
    await world.settled(90_000);
    await expectAllOfIt(world, ended);
  }, 180_000);
});
