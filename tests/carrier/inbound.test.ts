// Somebody calls a number of ours: through a flow, by a webhook, and hangs up or is hung up on.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../control/support/api.js";
import { CarrierServer, isOver } from "./support/server.js";
import { agentFlow, bundledAgent, desk, listens, noted, phone, presses, webhookFlow, world } from "./support/worlds.js";

let carrier: CarrierServer;

const [plain, sales, webhook, own, spoken] = ["08000000000", "08000000001", "08000000002", "08000000003", "08000000004"];

beforeAll(async () => {
  carrier = await CarrierServer.start({
    world: (numbers) =>
      world({
        flows: [
          agentFlow,
          webhookFlow("webhook", "{server}/api/v1/webhooks/exotel/incoming"),
          webhookFlow("own", new URL(numbers["+918000000003"].webhookUrl).href),
        ],
        phones: [phone(plain), phone(sales), phone(webhook, "webhook"), phone(own, "own"), phone(spoken)],
        people: [
          presses("+919800000001", "9"),
          listens("+919800000002"),
          `number: "+919800000003", script: ["wait agent\\nsay \\"What are your hours?\\"\\nwait agent"]`,
          `number: "+919800000004", script: ["wait agent-speaking\\nhangup"]`,
        ],
      }),
    agent: desk("front"),
    agents: [desk("sales", "This is the sales desk."), bundledAgent("appointment-desk")],
    numbers: {
      "+918000000001": "sales",
      "+918000000002": { linkedAgentId: "sales", answerWith: "stream" },
      "+918000000003": "sales",
      "+918000000004": "appointment-desk",
    },
  });
});
afterAll(() => carrier?.finish());

describe.concurrent("calls that come in", () => {
  it("run through a flow to the agent of the number that was called, and are one row", async () => {
    const sid = await carrier.emulator.ring("09800000001", sales);
    const told = await carrier.emulator.ended(sid);
    expect(noted(told, "dynamic endpoint")).toHaveLength(1);
    expect(noted(told, "stream ended")[0]).toMatchObject({ status: "completed", disconnectedBy: "bot" });
    expect(noted(told, "passthru")[0]).toMatchObject({ status: 200 });
    const row = await carrier.rowOf(sid);
    expect(row).toMatchObject({
      direction: "inbound",
      status: "completed",
      endReason: "agent hung up",
      agent: "sales",
      carrier: "exotel",
      accountId: "emulated1",
    });
    expect(row.from).toContain("9800000001");
    expect(row.to).toContain("8000000001");
    expect(row.turns.map((turn: Json) => turn.agentHeard)).toEqual(["This is the sales desk.", "Goodbye."]);
    const transcript = await carrier.api.must("GET", `/api/v1/calls/${row.id}/transcript`);
    expect(JSON.stringify(transcript)).toContain("This is the sales desk.");
    await carrier.callWhen(row.id, (call) => call.carrierStatus === "completed");
    expect(await carrier.emulator.violations(sid)).toEqual([]);
  });

  it("go to the server's own agent when the number is nobody's", async () => {
    const sid = await carrier.emulator.ring("09800000001", plain);
    await carrier.emulator.ended(sid);
    expect(await carrier.rowOf(sid)).toMatchObject({ agent: "front", status: "completed" });
    expect(await carrier.emulator.violations(sid)).toEqual([]);
  });

  it("are over when the caller hangs up in the middle of the greeting", async () => {
    const sid = await carrier.emulator.ring("09800000004", sales);
    const told = await carrier.emulator.ended(sid);
    expect(told.disconnectedBy).toBe("user");
    const row = await carrier.rowOf(sid);
    expect(row).toMatchObject({ status: "completed", endReason: "caller hung up" });
    expect(row.turns[0].agentHeard.length).toBeLessThan("This is the sales desk.".length);
    expect(await carrier.emulator.violations(sid)).toEqual([]);
  });

  it("are hung up by the API", async () => {
    const sid = await carrier.emulator.ring("09800000002", sales);
    const begun = await carrier.rowOf(sid, (call) => call.status === "in_progress");
    await carrier.api.must("POST", `/api/v1/calls/${begun.id}/hang-up`);
    const told = await carrier.emulator.ended(sid);
    expect(noted(told, "stream ended")[0]).toMatchObject({ disconnectedBy: "bot" });
    expect(isOver(await carrier.rowOf(sid))).toBe(true);
    expect(await carrier.emulator.violations(sid)).toEqual([]);
  });

  for (const [what, number] of [
    ["the address of all numbers", webhook],
    ["the number's own address", own],
  ] as const)
    it(`by a webhook at ${what} get an XML answer that leads to the stream`, async () => {
      const sid = await carrier.emulator.ring("09800000001", number);
      const told = await carrier.emulator.ended(sid);
      const [asked] = noted(told, "webhook");
      expect(asked).toMatchObject({ status: 200 });
      expect(asked.answer).toMatch(/<Response>.*<Connect>.*<Stream url="ws:.*<Parameter name="sessionId" value="/s);
      expect(noted(told, "stream ended")[0]).toMatchObject({ disconnectedBy: "bot" });
      const row = await carrier.rowOf(sid);
      expect(row).toMatchObject({ direction: "inbound", status: "completed", agent: "sales" });
      expect(asked.answer).toContain(row.sessionId);
      expect(row.turns.map((turn: Json) => turn.agentHeard)).toEqual(["This is the sales desk.", "Goodbye."]);
      expect(await carrier.emulator.violations(sid)).toEqual([]);
    });

  it("are conversations: what the caller says is understood and answered aloud", async () => {
    const sid = await carrier.emulator.ring("09800000003", spoken);
    const told = await carrier.emulator.ended(sid, "50s");
    const ended = noted(told, "stream ended")[0];
    expect(ended.saidDb).toBeGreaterThan(-60);
    expect(ended.heardDb).toBeGreaterThan(-60);
    const row = await carrier.rowOf(sid);
    expect(row.agent).toBe("appointment-desk");
    const answered = row.turns.find((turn: Json) => turn.callerText !== "");
    expect(answered?.callerText, JSON.stringify(row.turns)).toContain("hours");
    expect(answered?.agentHeard).toContain("We are open from nine");
    const transcript = await carrier.api.must("GET", `/api/v1/calls/${row.id}/transcript`);
    expect(JSON.stringify(transcript)).toContain("We are open from nine");
    expect(await carrier.emulator.violations(sid)).toEqual([]);
  });
});
