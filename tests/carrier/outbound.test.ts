// Calls that the server places: whom they reach, what the agent says with the values given, and every way of not
// reaching anybody.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../control/support/api.js";
import { CarrierServer, ownNumber } from "./support/server.js";
import { agentFlow, desk, listens, noted, phone, presses, world } from "./support/worlds.js";

let carrier: CarrierServer;
const asha = "+919800000001";

beforeAll(async () => {
  carrier = await CarrierServer.start({
    world: world({
      top: "max_ringing: 2s",
      flows: [agentFlow],
      phones: [phone(ownNumber)],
      people: [
        presses(asha, "9"),
        `number: "+919800000002", answer: busy, after: 300ms`,
        `number: "+919800000003", answer: no_answer`,
        `number: "+919800000004", answer: failed, after: 300ms`,
        `number: "+919800000005", answer: voicemail, after: 300ms, hangs_up_after: 3s`,
        `number: "+919800000006", after: 300ms, hangs_up_after: 1s`,
        listens("+919800000007"),
        `number: "+919800000008", answer: no_answer`,
        `number: "+919800000010", after: 300ms`,
        `number: "+919800000011", after: 300ms, says: "It is me.", talks_for: 1s`,
        `number: "+919800000009", answer: busy, after: 1500ms, script: ["wait agent\\nhangup"]`,
      ],
    }),
    agent: desk("front"),
    agents: [desk("reminder", "Hello {{name|there}}, about {{day|your visit}}.")],
  });
});
afterAll(() => carrier?.finish());

// The emulator's call of a row, when it is over.
async function toldOf(row: Json): Promise<Json> {
  const placed = await carrier.callWhen(row.id, (call) => call.carrierCallId !== "");
  return carrier.emulator.ended(placed.carrierCallId);
}

// What is true of every call at its end: one row, and nothing done wrong.
async function isClean(row: Json): Promise<void> {
  await carrier.rowOf(row.carrierCallId);
  expect(await carrier.emulator.violations(row.carrierCallId)).toEqual([]);
}

describe.concurrent("calls that are placed", () => {
  it("connect two numbers, without an agent between them", async () => {
    const placed = await carrier.place("+919800000010", {
      into: "number",
      secondNumber: "+919800000011",
      customField: "order 18",
    });
    const told = await toldOf(placed);
    expect(told).toMatchObject({ status: "completed", from: "+919800000010", to: "+919800000011" });
    expect(told.customField).toContain("order 18");
    expect(noted(told, "rings").map((one) => one.number)).toEqual(["+919800000010", "+919800000011"]);
    expect(noted(told, "connected")).toMatchObject([{ number: "+919800000011", said: "It is me." }]);
    expect(noted(told, "stream begins")).toHaveLength(0);
    const row = await carrier.callWhen(placed.id);
    expect(row).toMatchObject({ status: "completed", direction: "outbound", carrierStatus: "completed", turns: [] });
    await isClean(row);
  });

  it("connect nobody when the second number is busy", async () => {
    const placed = await carrier.place("+919800000010", { into: "number", secondNumber: "+919800000002" });
    const told = await toldOf(placed);
    expect(told.legs.map((leg: Json) => leg.status)).toEqual(["completed", "busy"]);
    expect(noted(told, "connected")).toHaveLength(0);
    await isClean(await carrier.callWhen(placed.id));
  });

  for (const into of ["flow", "stream"])
    it(`into a ${into}, with the values given in what the agent says`, async () => {
      const placed = await carrier.place(asha, {
        agent: "reminder",
        into,
        variables: { name: "Asha", day: "Friday" },
      });
      expect(placed).toMatchObject({ status: "queued", direction: "outbound", to: asha });
      const told = await toldOf(placed);
      expect(told.customField).toContain(placed.id);
      expect(noted(told, "dynamic endpoint")).toHaveLength(into === "flow" ? 1 : 0);
      const row = await carrier.callWhen(placed.id);
      expect(row).toMatchObject({
        status: "completed",
        endReason: "agent hung up",
        agent: "reminder",
        carrierCallId: told.sid,
        variables: { name: "Asha", day: "Friday" },
        sessionId: placed.sessionId,
      });
      expect(row.turns[0].agentHeard).toBe("Hello Asha, about Friday.");
      await carrier.callWhen(row.id, (call) => call.carrierStatus === "completed");
      await isClean(row);
    });

  it("by parley dial, which tells how it ended", async () => {
    const dialled = await carrier.dial(asha, "--agent", "reminder", "--var", "name=Ravi", "--var", "day=Monday");
    expect(dialled.code, dialled.stdout + dialled.stderr).toBe(0);
    const id = /"id"\s*:\s*"([0-9A-Z]{26})"/.exec(dialled.stdout)?.[1];
    expect(id, dialled.stdout).toBeDefined();
    const row = await carrier.callWhen(id!);
    expect(row.turns[0].agentHeard).toBe("Hello Ravi, about Monday.");
    await isClean(row);
  });

  it("by parley dial to somebody who is busy: nobody was reached", async () => {
    const dialled = await carrier.dial("+919800000002", "--agent", "reminder");
    expect(dialled.code, dialled.stdout + dialled.stderr).toBe(3);
  });

  it("carry the caller's own text for the flow, and the call is found by it", async () => {
    const placed = await carrier.place(asha, { agent: "reminder", customField: "order 17" });
    const told = await toldOf(placed);
    expect(told.customField).toContain("order 17");
    const row = await carrier.callWhen(placed.id);
    expect(row).toMatchObject({ status: "completed", carrierCallId: told.sid });
    await isClean(row);
  });

  const endings: [what: string, number: string, status: string, carrierStatus: string][] = [
    ["busy", "+919800000002", "busy", "busy"],
    ["not answered", "+919800000003", "no_answer", "no-answer"],
    ["failed", "+919800000004", "failed", "failed"],
  ];
  for (const [what, number, status, carrierStatus] of endings)
    it(`are ${what}: a row that says so`, async () => {
      const placed = await carrier.place(number, { agent: "reminder" });
      const told = await toldOf(placed);
      expect(told.status).toBe(carrierStatus);
      const row = await carrier.callWhen(placed.id);
      expect(row).toMatchObject({ status, carrierStatus, carrierCallId: told.sid, turns: [] });
      expect(row.endReason).not.toBe("");
      await isClean(row);
    });

  it("reach a voicemail, whose words are talked to until it hangs up", async () => {
    const placed = await carrier.place("+919800000005", { agent: "reminder" });
    const told = await toldOf(placed);
    expect(told.answeredBy).toBe("machine");
    const row = await carrier.callWhen(placed.id);
    expect(row).toMatchObject({ status: "completed" });
    await isClean(row);
  });

  it("are over when the person hangs up in the middle", async () => {
    const placed = await carrier.place("+919800000006", { agent: "reminder" });
    const told = await toldOf(placed);
    expect(told.disconnectedBy).toBe("user");
    const row = await carrier.callWhen(placed.id);
    expect(row).toMatchObject({ status: "completed", endReason: "caller hung up" });
    await isClean(row);
  });

  it("are hung up by the API while they talk", async () => {
    const placed = await carrier.place("+919800000007", { agent: "reminder" });
    await carrier.callWhen(placed.id, (call) => call.status === "in_progress" && call.streamId !== "");
    await carrier.api.must("POST", `/api/v1/calls/${placed.id}/hang-up`);
    const told = await toldOf(placed);
    expect(noted(told, "stream ended")[0]).toMatchObject({ disconnectedBy: "bot" });
    const row = await carrier.callWhen(placed.id);
    expect(row.status).toBe("completed");
    await isClean(row);
  });

  // A v1 call of Exotel's cannot be ended while it rings: whoever asks is told, and the call is as it was.
  it("cannot be taken back while they ring, and say so", async () => {
    const placed = await carrier.place("+919800000008", { agent: "reminder" });
    await carrier.callWhen(placed.id, (call) => call.carrierCallId !== "");
    const answer = await carrier.api.post(`/api/v1/calls/${placed.id}/hang-up`);
    expect(answer.status, answer.text).toBe(409);
    const row = await carrier.callWhen(placed.id);
    expect(row.status).toBe("no_answer");
    await isClean(row);
  });

  it("are not mixed up with a call that comes in from the very person who is rung", async () => {
    const placed = await carrier.place("+919800000009", { agent: "reminder", into: "flow" });
    const sid = await carrier.emulator.ring("09800000009", ownNumber);
    await carrier.emulator.ended(sid);
    expect(await carrier.rowOf(sid)).toMatchObject({ direction: "inbound", status: "completed", agent: "front" });
    const row = await carrier.callWhen(placed.id);
    expect(row).toMatchObject({ direction: "outbound", status: "busy" });
    expect(row.carrierCallId).not.toBe(sid);
    await isClean(row);
  });
});
