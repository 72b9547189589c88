// Calls of which the carrier never tells how they end, and calls that were under way when the server died.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../control/support/api.js";
import { CarrierServer, eventually } from "./support/server.js";
import { desk, presses, world } from "./support/worlds.js";

const settings = { carrier_webhooks: { ask_after: "5s" } };
const patience = 30_000;
const silent = (number: string, answer: string, after = "300ms") =>
  `number: "${number}", answer: ${answer}, after: ${after}, callbacks: never`;

describe.concurrent("a call of which nothing more is heard", () => {
  let carrier: CarrierServer;
  beforeAll(async () => {
    carrier = await CarrierServer.start({
      world: world({
        top: "max_ringing: 2s",
        people: [
          silent("+919800000001", "busy"),
          silent("+919800000002", "no_answer"),
          silent("+919800000003", "failed"),
        ],
      }),
      agent: desk("front"),
      settings,
    });
  });
  afterAll(() => carrier?.finish());

  for (const [number, status, carrierStatus] of [
    ["+919800000001", "busy", "busy"],
    ["+919800000002", "no_answer", "no-answer"],
    ["+919800000003", "failed", "failed"],
  ] as const)
    it(`is asked for, and its row says that it was ${status}`, { timeout: patience + 20_000 }, async () => {
      const placed = await carrier.place(number);
      const row = await carrier.callWhen(placed.id, (call) => call.endedAt !== null, patience);
      expect(row).toMatchObject({ status, carrierStatus });
      await carrier.rowOf(row.carrierCallId);
      expect(await carrier.emulator.violations(row.carrierCallId)).toEqual([]);
    });
});

describe.concurrent("a server that dies while calls are on their way", () => {
  let carrier: CarrierServer;
  let ringing: Json;
  let unknown: Json;
  beforeAll(async () => {
    carrier = await CarrierServer.start({
      world: world({
        people: [
          silent("+919800000001", "busy", "2s"),
          `${presses("+919800000002", "9")}, after: 20s`.replace("after: 300ms, ", ""),
        ],
      }),
      agent: desk("front"),
      settings,
    });
    ringing = await carrier.place("+919800000001");
    await carrier.callWhen(ringing.id, (call) => call.carrierCallId !== "");
    // The second is placed, and its answer meets nobody any more.
    await carrier.emulator.next({ delayMs: 10_000 });
    unknown = await carrier.place("+919800000002");
    await eventually("both calls are placed", async () => (await carrier.emulator.calls()).length === 2);
    await carrier.callWhen(unknown.id, () => true);
    await carrier.server.kill();
    await carrier.server.restart();
  });
  afterAll(() => carrier?.finish());

  it("hears when it is back how the one ended that rang", { timeout: patience + 20_000 }, async () => {
    const row = await carrier.callWhen(ringing.id, (call) => call.endedAt !== null, patience);
    expect(row).toMatchObject({ status: "busy", carrierStatus: "busy" });
    await carrier.rowOf(row.carrierCallId);
  });

  it("finds the one whose answer it missed, and talks when the callee picks up", async () => {
    const row = await carrier.callWhen(unknown.id, (call) => call.carrierCallId !== "", 15_000);
    const theirs = (await carrier.emulator.calls()).filter((call) => call.from === unknown.to);
    expect(theirs.map((call) => call.sid)).toEqual([row.carrierCallId]);
    await carrier.emulator.ended(row.carrierCallId);
    expect(await carrier.rowOf(row.carrierCallId)).toMatchObject({ id: unknown.id, status: "completed" });
    expect(await carrier.emulator.violations(row.carrierCallId)).toEqual([]);
  });
});
