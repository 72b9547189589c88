// Calls that a recording answers: what the caller says is recorded by the carrier, fetched, written down and answered
// by the agent - in the log, or by calling back.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../control/support/api.js";
import { CarrierServer } from "./support/server.js";
import { agentFlow, bundledAgent, desk, noted, phone, webhookFlow, world } from "./support/worlds.js";

const [message, callBack] = ["08000000001", "08000000002"] as const;
const answer = "We are open from nine in the morning";

let carrier: CarrierServer;

beforeAll(async () => {
  carrier = await CarrierServer.start({
    world: world({
      flows: [agentFlow, webhookFlow("record", "{server}/api/v1/webhooks/exotel/incoming")],
      phones: [phone(message, "record"), phone(callBack, "record"), phone("08000000000")],
      people: [
        `number: "+919800000001", after: 300ms, says: "What are your hours?", script: ["wait agent\\nhangup"]`,
        `number: "+919800000002", after: 300ms, says: "What are your hours?", script: ["wait agent\\nhangup"]`,
      ],
    }),
    agent: desk("front"),
    agents: [bundledAgent("appointment-desk")],
    numbers: {
      "+918000000001": "appointment-desk",
      "+918000000002": { linkedAgentId: "appointment-desk", answerWith: "record", afterRecording: "call_back" },
    },
  });
});
afterAll(() => carrier?.finish());

const eventsOf = (row: Json, kind: string): Json[] => row.events.filter((event: Json) => event.kind === kind);

describe.concurrent("a call that a recording answers", () => {
  it("is recorded, written down and answered in the log", async () => {
    const sid = await carrier.emulator.ring("09800000001", message);
    const told = await carrier.emulator.ended(sid);
    expect(noted(told, "webhook")[0].answer).toMatch(/<Say[ >].*<Record [^>]*action="/s);
    expect(noted(told, "recording webhook")[0]).toMatchObject({ status: 200 });
    expect(await carrier.emulator.violations(sid)).toEqual([]);
    const row = await carrier.rowOf(sid, (call) => call.recordingTranscript !== null && call.turns.length > 0);
    expect(row).toMatchObject({ direction: "inbound", status: "completed", agent: "appointment-desk" });
    expect(JSON.stringify(row.recordingTranscript).toLowerCase()).toContain("your hours");
    expect(JSON.stringify(row.turns)).toContain(answer);
    expect(row.hasCarrierRecording).toBe(true);
    const recording = await carrier.api.raw("GET", `/api/v1/calls/${row.id}/recording`);
    expect(recording.status).toBe(200);
    expect((await recording.arrayBuffer()).byteLength).toBeGreaterThan(8000);
  });

  it("is called back when the number says so, and hears the answer", async () => {
    const sid = await carrier.emulator.ring("09800000002", callBack);
    await carrier.emulator.ended(sid);
    const row = await carrier.rowOf(sid, (call) => eventsOf(call, "offline_call_back").length > 0);
    const back = await carrier.callWhen(eventsOf(row, "offline_call_back")[0].detail);
    expect(back).toMatchObject({ direction: "outbound", status: "completed", sessionId: row.sessionId });
    expect(back.to).toContain("9800000002");
    expect(back.turns[0].agentHeard).toContain(answer);
    // The person picked up, heard it aloud and hung up; and that is all there was.
    const told = await carrier.emulator.ended(back.carrierCallId);
    expect(told.disconnectedBy).toBe("user");
    expect(noted(told, "stream ended")[0].heardDb).toBeGreaterThan(-60);
    expect((await carrier.emulator.calls()).filter((one) => one.from.endsWith("9800000002"))).toHaveLength(2);
    expect(await carrier.emulator.violations()).toEqual([]);
  });
});
