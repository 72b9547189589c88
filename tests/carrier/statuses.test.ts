// What a carrier says of a call: every word of it, in each form, repeated, late and of calls that nobody knows, in the
// call log and among the live events.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type Json, api } from "../control/support/api.js";
import { EventReader } from "../control/support/flows.js";
import { agentConfig, unique, uniqueNumber } from "../control/support/workspace.js";
import { Server } from "../control/support/server.js";
import { ExotelCaller } from "../e2e/support/exotel.js";
import { type Fields, ask, bodies, callSid, errorsOf, callsOf, isOver, nationalNumber, theCall, unlimited } from "./support/asking.js";

const both = ["/webhooks/exotel/call-status", "/api/v1/webhooks/exotel/status"];

let server: Server;
let client: Api;
let live: EventReader;
const agent = unique("desk");
const ours = uniqueNumber();

beforeAll(async () => {
  server = await Server.start({ env: unlimited });
  client = api(server);
  await client.must("POST", "/api/v1/agents", { config: agentConfig(agent), publish: true });
  await client.must("POST", "/api/v1/phone-numbers", { phoneNumber: ours, linkedAgentId: agent });
  live = await EventReader.open(client, "/api/v1/events");
});
afterAll(async () => {
  live.close();
  expect(errorsOf(server)).toEqual([]);
  await server.stop();
});

const eventsOf = (sid: string, type: string) =>
  live.of(type).map((one) => one.data).filter((one: Json) => one.data.carrierCallId === sid);

async function tell(fields: Fields, how: (typeof bodies)[number] = "multipart", path = both[0]!): Promise<void> {
  const answer = await ask(server, path, fields, how);
  expect([answer.status, answer.json], answer.text).toEqual([200, { success: true }]);
}

interface Word {
  told: string;
  status: string;
  reason: string;
  over: boolean;
}
const words: Word[] = [
  { told: "initiated", status: "ringing", reason: "", over: false },
  { told: "queued", status: "queued", reason: "", over: false },
  { told: "ringing", status: "ringing", reason: "", over: false },
  { told: "in-progress", status: "ringing", reason: "", over: false },
  { told: "completed", status: "completed", reason: "ended without a stream", over: true },
  { told: "busy", status: "busy", reason: "busy", over: true },
  { told: "failed", status: "failed", reason: "failed at the carrier", over: true },
  { told: "no-answer", status: "no_answer", reason: "no answer", over: true },
  { told: "canceled", status: "canceled", reason: "canceled", over: true },
  { told: "cancelled", status: "canceled", reason: "canceled", over: true },
  { told: "teleported", status: "queued", reason: "", over: false },
];

describe.concurrent.each(words)("$told", ({ told, status, reason, over }) => {
  test.each(bodies)("as %s, of a call to a number of ours that nobody had told of", async (how) => {
    const sid = callSid();
    const from = nationalNumber();
    const Status = how === "json" ? "CallStatus" : "Status";
    for (const path of both) await tell({ CallSid: sid, [Status]: told, From: from, To: ours, Direction: "inbound" }, how, path);
    const call = await theCall(client, from, (one) => one.carrierStatus !== "");
    expect(call).toMatchObject({ carrierCallId: sid, carrierStatus: told, status, endReason: reason, agent, direction: "inbound" });
    expect(call.endedAt === null).toBe(!over);
    // Told twice, once at each address, and taken once.
    expect(call.events.filter((one: Json) => one.kind === "carrier_status")).toHaveLength(1);
    await live.until(`call.status of ${told}`, () => eventsOf(sid, "call.status").length > 0);
    expect(eventsOf(sid, "call.status")).toHaveLength(1);
    expect(eventsOf(sid, "call.status")[0]).toMatchObject({ callId: call.id, sessionId: call.sessionId, data: { carrierStatus: told } });
    if (over) await live.until("call.ended", () => eventsOf(sid, "call.ended").length === 1);
    expect(eventsOf(sid, "call.ended").map((one: Json) => [one.data.status, one.data.reason])).toEqual(over ? [[status, reason]] : []);
  });
});

describe.concurrent("an order that no call has", () => {
  test("late words stand beside the end and change nothing of it", async () => {
    const sid = callSid();
    const from = nationalNumber();
    const told = { CallSid: sid, From: from, To: ours, Direction: "inbound" };
    await tell({ ...told, Status: "busy", EventType: "terminal" });
    for (const Status of ["ringing", "in-progress", "completed", "failed"]) await tell({ ...told, Status, EventType: "late" });
    const call = await theCall(client, from, (one) => one.events.filter((event: Json) => event.kind === "carrier_status").length === 5);
    expect(call).toMatchObject({ status: "busy", endReason: "busy" });
    await live.until("five words", () => eventsOf(sid, "call.status").length === 5);
    expect(eventsOf(sid, "call.ended")).toHaveLength(1);
  });

  test("of a call with a stream the carrier's end is written down, and the stream goes on", async () => {
    const from = nationalNumber();
    const caller = await ExotelCaller.dial(`${server.ws}/media`, { from, to: ours });
    await caller.agentSpeaks();
    await tell({ CallSid: caller.callId, Status: "failed", ConversationDuration: "3", RecordingUrl: "https://recordings.exotel.com/acme1/one.mp3" }, "form");
    const during = await theCall(client, from, (one) => one.carrierStatus === "failed");
    expect(during).toMatchObject({ status: "in_progress", carrierSeconds: 3, hasCarrierRecording: true });
    expect(caller.isClosed).toBe(false);
    await caller.hangUp();
    expect(await theCall(client, from, isOver)).toMatchObject({ status: "completed", endReason: "caller hung up", carrierStatus: "failed" });
    await live.until("call.ended", () => eventsOf(caller.callId, "call.ended").length === 1);
    expect(eventsOf(caller.callId, "call.ended")[0]!.data).toMatchObject({ status: "completed" });
  });

  test("a recording that is told of with the same word later is not lost", async () => {
    const sid = callSid();
    const from = nationalNumber();
    const told = { CallSid: sid, Status: "completed", EventType: "terminal", From: from, To: ours };
    await tell(told);
    expect(await theCall(client, from, isOver)).toMatchObject({ hasCarrierRecording: false });
    await tell({ ...told, RecordingUrl: "https://recordings.exotel.com/acme1/two.mp3" });
    expect(await theCall(client, from, (one) => one.hasCarrierRecording)).toMatchObject({ status: "completed" });
    expect(eventsOf(sid, "call.ended")).toHaveLength(1);
  });

  test("a hundred times the same is one word", async () => {
    const sid = callSid();
    const from = nationalNumber();
    const told = { CallSid: sid, Status: "no-answer", EventType: "terminal", From: from, To: ours };
    await Promise.all(Array.from({ length: 100 }, () => tell(told)));
    const call = await theCall(client, from, isOver);
    expect(call.events.filter((one: Json) => one.kind === "carrier_status")).toHaveLength(1);
    await live.until("call.ended", () => eventsOf(sid, "call.ended").length > 0);
    expect(eventsOf(sid, "call.status")).toHaveLength(1);
  });
});

describe.concurrent("calls of nobody", () => {
  test.each(bodies)("as %s: taken, and no row of it", async (how) => {
    const sid = callSid();
    const from = nationalNumber();
    await tell({ CallSid: sid, Status: "completed", From: from, To: nationalNumber() }, how);
    await tell({ CallSid: sid, Status: "completed" }, how, both[1]);
    expect(await callsOf(client, from)).toEqual([]);
    expect(eventsOf(sid, "call.status")).toEqual([]);
  });

  test("what was told before anybody knew the call is told when it turns up", async () => {
    const sid = callSid();
    const from = nationalNumber();
    await tell({ CallSid: sid, Status: "ringing" });
    await tell({ CallSid: sid, Status: "no-answer", EventType: "terminal" });
    expect(await callsOf(client, from)).toEqual([]);
    await ask(server, "/api/v1/telephony/exotel/endpoint", { CallSid: sid, CallFrom: from, CallTo: ours }, "query");
    expect(await theCall(client, from, isOver)).toMatchObject({ status: "no_answer", carrierStatus: "no-answer" });
  });
});

describe.concurrent("forms of it", () => {
  const unset = "1970-01-01 05:30:00";
  const longForm = (sid: string, from: string): Fields => ({
    CallSid: sid,
    EventType: "terminal",
    DateCreated: "2026-11-21 15:40:00",
    DateUpdated: "2026-11-21 15:41:06",
    Status: "completed",
    StartTime: "2026-11-21 15:40:02",
    EndTime: unset,
    To: ours,
    From: from,
    PhoneNumberSid: ours,
    Direction: "inbound",
    ConversationDuration: "17",
    RecordingUrl: "",
  });

  test.each(["form", "multipart"] as const)("the long one as %s, with Legs in brackets and an end in 1970", async (how) => {
    const sid = callSid();
    const from = nationalNumber();
    await tell({ ...longForm(sid, from), "Legs[0][OnCallDuration]": "17", "Legs[0][Status]": "completed", "Legs[1][OnCallDuration]": "0", "Legs[1][Status]": "no-answer" }, how);
    const call = await theCall(client, from, isOver);
    expect(call).toMatchObject({ status: "completed", carrierSeconds: 17, startedAt: "2026-11-21T10:10:00.000Z" });
    expect(call.endedAt > "2026-01-01").toBe(true);
    expect(call.durationMs).toBe(17_000);
  });

  test("the long one as JSON, with Legs as a list", async () => {
    const sid = callSid();
    const from = nationalNumber();
    const Legs = [{ OnCallDuration: 17, Status: "completed" }, { OnCallDuration: 0, Status: "failed" }];
    const answer = await client.post(both[1]!, { ...longForm(sid, from), ConversationDuration: 17, EndTime: null, Legs });
    expect(answer.json).toEqual({ success: true });
    expect(await theCall(client, from, isOver)).toMatchObject({ status: "completed", carrierSeconds: 17 });
  });

  test("the other engine's JSON", async () => {
    const sid = callSid();
    const from = nationalNumber();
    const answer = await client.post(both[0]!, {
      CallSid: sid,
      CallStatus: "completed",
      CallState: "terminal",
      TotalDuration: 31,
      FromNumber: from,
      ToNumber: ours,
      Direction: "incoming",
      CreatedAt: "0001-01-01T00:00:00Z",
      EndTime: "2026-11-21T15:41:06+05:30",
      CallRecordings: [{ RecordingUrl: "https://recordings.exotel.com/acme1/three.mp3" }],
    });
    expect(answer.json).toEqual({ success: true });
    const call = await theCall(client, from, isOver);
    expect(call).toMatchObject({ status: "completed", carrierSeconds: 31, hasCarrierRecording: true, endedAt: "2026-11-21T10:11:06.000Z" });
    expect(call.startedAt > "2026-01-01").toBe(true);
  });

  test("legs of a call that nobody wanted to transfer are no transfer", async () => {
    const sid = callSid();
    const from = nationalNumber();
    await tell({ ...longForm(sid, from), "Legs[0][Status]": "completed", "Legs[1][Status]": "completed" });
    expect((await theCall(client, from, isOver)).transfer).toBeNull();
  });
});
