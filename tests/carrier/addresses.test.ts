// The addresses that existing set-ups point at, each asked as they ask it: the literal requests of their guides, in
// every form in which a carrier sends a body, and the literal shape of the answers.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type Api, type Json, api } from "../control/support/api.js";
import { unique, uniqueNumber } from "../control/support/workspace.js";
import { Server, eventually } from "../control/support/server.js";
import { ExotelCaller, Refused } from "../e2e/support/exotel.js";
import { type Fields, ask, bodies, callSid, errorsOf, isOver, nationalNumber, namesIn, only, readXml, streamOffer, theCall, unlimited } from "./support/asking.js";

const clinic = (name: string) => `name: ${name}
language: hi-IN
first_message: Namaste, this is Ravi & "Sons" <clinic>.
stt: {provider: none}
llm: {provider: script}
tts: {provider: instant, voice: anushka}
dtmf:
  keys:
    "0": {action: escalate, say: "I am putting you through."}
transfer:
  to: ["+919811111111", "+919822222222"]
  announce: A caller from the bot.
script:
  first_stage: start
  fallback: I did not get that.
  stages:
    start: {rules: [{patterns: [hello], reply: Hello.}]}
`;

// What a dynamic endpoint is asked with, as it was seen on the wire.
const seenOnTheWire = (sid: string, from: string, to: string): Fields => ({
  CallSid: sid,
  CallFrom: from,
  CallTo: to,
  Direction: "incoming",
  Created: "Tue, 07 Jan 2025 15:51:06",
  DialWhomNumber: "",
  HangupLatencyStartTimeExocc: "",
  HangupLatencyStartTime: "",
  From: from,
  To: "08047112233",
  CurrentTime: "2025-01-07 15:51:06",
});

// The stream is held and heard; its address is good for nobody afterwards.
async function opensOnce(url: string, options: { callId: string; from: string; to: string }): Promise<void> {
  const caller = await ExotelCaller.dial(url, options);
  await caller.agentSpeaks();
  await expect(ExotelCaller.dial(url, options)).rejects.toThrowError(Refused);
  await caller.hangUp();
  expect(caller.protocolErrors).toEqual([]);
  const late = await ExotelCaller.dial(url, options).catch((error: Refused) => error.status);
  expect(late).toBe(403);
}

let server: Server;
let client: Api;
const agent = unique("clinic");
const ours = uniqueNumber();
let number: Json;

beforeAll(async () => {
  server = await Server.start({ env: unlimited });
  client = api(server);
  await client.must("POST", "/api/v1/agents", { yaml: clinic(agent), publish: true });
  const imported = await client.must("POST", "/api/phone-numbers", {
    phoneNumber: ours,
    displayName: "Support Line",
    provider: "exotel",
    exotelConfig: {
      apiKey: "your_api_key",
      apiToken: "your_api_token",
      sid: "your_account_sid",
      appId: "optional_app_id",
      domain: "api.in.exotel.com",
      region: "in",
    },
    linkedAgentId: agent,
  });
  number = imported.phoneNumber ?? imported;
});
afterAll(async () => {
  expect(errorsOf(server)).toEqual([]);
  await server.stop();
});

describe.concurrent("the voice bot builder's", () => {
  test("a number that is imported comes with its two addresses", () => {
    expect(new URL(number.webhookUrl).pathname).toBe(`/api/telephony/webhook/${number.id}`);
    expect(new URL(number.websocketUrl).pathname).toBe(`/api/telephony/ws/${number.id}`);
    expect(number.websocketUrl).toMatch(/^ws:/);
  });

  test.each(bodies)("POST /api/telephony/webhook/{phone_id} as %s is answered with a stream that opens once", async (how) => {
    const sid = callSid();
    const from = uniqueNumber();
    const asked = { CallSid: sid, From: from, To: ours, Status: "in-progress" };
    const answer = await ask(server, `/api/telephony/webhook/${number.id}`, asked, how);
    expect(answer.headers.get("content-type")).toMatch(/^(application|text)\/xml/);
    const names = namesIn(readXml(answer.text)).filter((name) => name !== "Say");
    expect(names.slice(0, 4)).toEqual(["Response", "Connect", "Stream", "Parameter"]);
    const offer = streamOffer(answer);
    expect(offer.sessionId).toContain(sid);
    await opensOnce(offer.url, { callId: sid, from: from.replace("+91", "0"), to: ours.replace("+91", "0") });
    const call = await theCall(client, from, isOver);
    expect(call).toMatchObject({
      sessionId: offer.sessionId,
      carrierCallId: sid,
      direction: "inbound",
      phoneId: number.id,
      agent,
      status: "completed",
      endReason: "caller hung up",
    });
  });

  test("wss …/api/telephony/ws/{phone_id} takes a call without any webhook", async () => {
    const from = nationalNumber();
    const caller = await ExotelCaller.dial(`${server.ws}/api/telephony/ws/${number.id}`, { from, to: ours });
    await caller.agentSpeaks();
    await caller.hangUp();
    expect(await theCall(client, from, isOver)).toMatchObject({ agent, phoneId: number.id, carrierCallId: caller.callId });
  });
});

describe.concurrent("the calling platform's", () => {
  test.each(bodies)("POST /api/v1/webhooks/exotel/incoming as %s is answered with Say and Record", async (how) => {
    const CallSid = callSid();
    const From = uniqueNumber();
    const asked = { From, To: ours, CallSid, Direction: "incoming" };
    const answer = await ask(server, "/api/v1/webhooks/exotel/incoming", asked, how);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toMatch(/^application\/xml/);
    const response = readXml(answer.text);
    expect(namesIn(response)).toEqual(["Response", "Say", "Record"]);
    const say = only(response, "Say");
    expect(say.attributes).toEqual({ voice: "anushka", language: "hi-IN" });
    expect(say.text.trim()).toBe('Namaste, this is Ravi & "Sons" <clinic>.');
    const call = await theCall(client, From);
    expect(call).toMatchObject({ direction: "inbound", carrierCallId: CallSid, agent, from: From });
    const { action, ...others } = only(response, "Record").attributes;
    // Behind it stands what only its carrier knows.
    expect(action!.startsWith(`${server.url}/api/v1/webhooks/exotel/recording/${call.sessionId}`)).toBe(true);
    expect(others).toEqual({
      method: "POST",
      maxLength: "3600",
      finishOnKey: "#",
    });

    // The status: the log, and the answer that its client reads.
    const status = { CallSid, CallStatus: "completed", CallDuration: "42" };
    const told = await ask(server, "/api/v1/webhooks/exotel/status", status, how);
    expect(told.status).toBe(200);
    expect(told.json).toEqual({ success: true });
    expect(await theCall(client, From, isOver)).toMatchObject({
      status: "completed",
      carrierStatus: "completed",
      carrierSeconds: 42,
    });
  });

  test("the recording's address is answered with the end of the call, as often as it is asked", async () => {
    const CallSid = callSid();
    const From = uniqueNumber();
    const incoming = await ask(server, "/api/v1/webhooks/exotel/incoming", { From, To: ours, CallSid, Direction: "incoming" });
    const { action } = only(readXml(incoming.text), "Record").attributes;
    // Nobody listens there: that the sound cannot be fetched is the call's trouble, and not the carrier's.
    const told = { CallSid, From, To: ours, RecordingUrl: "http://127.0.0.1:9/recording.mp3", Duration: "12" };
    for (let i = 0; i < 2; ++i) {
      const answer = await ask(server, new URL(action!).pathname, told, "multipart");
      expect(answer.status).toBe(200);
      expect(namesIn(readXml(answer.text)).at(-1)).toBe("Hangup");
    }
    expect(await theCall(client, From, isOver)).toMatchObject({ status: "completed", hasCarrierRecording: true });
    const nobody = await ask(server, "/api/v1/webhooks/exotel/recording/call_nobody", told);
    expect(nobody.status).toBe(404);
  });
});

describe.concurrent("the lead-qualifying bot's", () => {
  test("wss …/media takes its start as it stands in its guide, and knows the lead", async () => {
    const from = uniqueNumber();
    const call_sid = `call_${callSid().slice(0, 6)}`;
    const socket = new WebSocket(`${server.ws}/media`);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const spoken = new Promise((resolve) => socket.once("message", resolve));
    socket.send(JSON.stringify({ event: "connected" }));
    socket.send(
      JSON.stringify({
        event: "start",
        start: { call_sid, from, to: "080XXXXXXXX" },
        customField: '{"lead_id": 123}',
      }),
    );
    await spoken;
    socket.close(1000);
    const call = await theCall(client, from, isOver);
    expect(call).toMatchObject({ carrierCallId: call_sid, variables: { lead_id: "123" } });
  });

  test.each(bodies)("POST /webhooks/exotel/call-status as %s", async (how) => {
    const sid = callSid();
    const from = uniqueNumber();
    await ask(server, `/api/telephony/webhook/${number.id}`, { CallSid: sid, From: from, To: ours, Status: "in-progress" });
    const told = await ask(
      server,
      "/webhooks/exotel/call-status",
      {
        CallSid: sid,
        Status: "completed",
        Duration: "245",
        RecordingUrl: "https://cdn.exotel.com/acme1/abc.mp3",
        CustomField: '{"lead_id": 123, "lead_name": "John"}',
      },
      how,
    );
    expect([told.status, told.json]).toEqual([200, { success: true }]);
    expect(await theCall(client, from, isOver)).toMatchObject({
      status: "completed",
      carrierStatus: "completed",
      carrierSeconds: 245,
      hasCarrierRecording: true,
    });
    // The recording's own address is the carrier's secret.
    expect((await client.get("/api/v1/calls?limit=200")).text).not.toContain("cdn.exotel.com");
  });
});

describe.concurrent("Audexly's", () => {
  test("wss …/api/v1/telephony/exotel/stream talks, and /api/v1/health is well", async () => {
    const from = nationalNumber();
    const caller = await ExotelCaller.dial(`${server.ws}/api/v1/telephony/exotel/stream`, { from, to: ours });
    await caller.agentSpeaks();
    await caller.hangUp();
    expect(await theCall(client, from, isOver)).toMatchObject({ agent, status: "completed" });
    expect((await client.get("/api/v1/health")).status).toBe(200);
  });
});

describe.concurrent("Exotel's applets", () => {
  test.each(["query", ...bodies] as const)("a dynamic endpoint asked by %s gives the address of a stream that opens once", async (how) => {
    for (const path of ["/api/v1/telephony/exotel/endpoint", `/api/v1/telephony/exotel/endpoint/${number.id}`]) {
      const sid = callSid();
      const from = nationalNumber();
      const to = ours.replace("+91", "0");
      const answer = await ask(server, path, seenOnTheWire(sid, from, to), how);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.headers.get("content-type")).toBe("application/json");
      expect(Object.keys(answer.json)).toEqual(["url"]);
      expect(answer.json.url.startsWith(`${server.ws}/api/v1/telephony/exotel/stream/`)).toBe(true);
      expect(new URL(answer.json.url).search).toBe("");
      await opensOnce(answer.json.url, { callId: sid, from, to });
      expect(await theCall(client, from, isOver)).toMatchObject({ agent, carrierCallId: sid, phoneId: number.id });
    }
  });

  test("the address in front of it is the one that the settings name", async () => {
    for (const name of ["PUBLIC_URL", "OUR_BASE_URL", "WEBHOOK_BASE_URL", "NEXT_PUBLIC_APP_URL"]) {
      const named = await Server.start({ env: { [name]: "https://voice.example.com" } });
      const fields = seenOnTheWire(callSid(), nationalNumber(), "04412345678");
      const { json } = await ask(named, "/api/v1/telephony/exotel/endpoint", fields, "query");
      expect(json.url).toMatch(/^wss:\/\/voice\.example\.com\/api\/v1\/telephony\/exotel\/stream\/[\w-]{32,}$/);
      await named.stop();
    }
  });

  test.each(["query", ...bodies] as const)("Passthru, SwitchCase and Connect asked by %s follow a transfer", async (how) => {
    const sid = callSid();
    const from = nationalNumber();
    const to = ours.replace("+91", "0");
    const fields = seenOnTheWire(sid, from, to);
    const { json } = await ask(server, "/api/v1/telephony/exotel/endpoint", fields, "query");
    const caller = await ExotelCaller.dial(json.url, { callId: sid, from, to });
    await caller.agentSpeaks();
    const behind = { ...fields, "Stream[StreamSID]": caller.streamId, "Stream[Status]": "completed", "Stream[Duration]": "7", "Stream[DisconnectedBy]": "bot" };

    // Nobody wants to be transferred yet.
    expect((await ask(server, "/api/v1/webhooks/exotel/passthru", fields, how)).status).toBe(200);
    expect((await ask(server, "/api/v1/webhooks/exotel/switch", fields, how)).text).toBe('{"select":"end"}');
    expect((await ask(server, "/api/v1/webhooks/exotel/connect", fields, how)).status).toBe(404);

    caller.dtmf("0");
    expect(await caller.closed(20_000)).toMatchObject({ code: 1000 });
    const passed = await ask(server, "/api/v1/webhooks/exotel/passthru", behind, how);
    expect(passed.status).toBe(302);
    const chosen = await ask(server, "/api/v1/webhooks/exotel/switch", behind, how);
    expect([chosen.status, chosen.headers.get("content-type"), chosen.text]).toEqual([200, expect.stringMatching(/^text\/plain/), '{"select":"transfer"}']);
    const whom = await ask(server, "/api/v1/webhooks/exotel/connect", fields, how);
    expect(whom.headers.get("content-type")).toMatch(/^application\/json/);
    expect(whom.json.destination.numbers).toEqual(["+919811111111", "+919822222222"]);
    expect(whom.json).toMatchObject({
      fetch_after_attempt: false,
      outgoing_phone_number: expect.stringContaining(ours.slice(-10)),
      max_ringing_duration: 30,
      start_call_playback: { type: "text", value: "A caller from the bot." },
    });
    const call = await theCall(client, from, (one) => isOver(one) && one.transfer?.status === "asked");
    expect(call.transfer.to).toContain("+919811111111");
    expect(call.events.filter((one: Json) => one.kind === "stream_report").map((one: Json) => one.detail)).toContain("completed by agent after 7 s");

    // Behind the Connect applet the flow asks again, with what became of it.
    const after = await ask(server, "/api/v1/webhooks/exotel/passthru", { ...behind, DialCallStatus: "completed", DialCallDuration: "31" }, how);
    expect(after.status).toBe(200);
    await theCall(client, from, (one) => one.transfer.status === "connected");
  });

  test.each([
    { second: "completed", status: "connected", detail: "" },
    { second: "busy", status: "failed", detail: "busy" },
    { second: "no-answer", status: "failed", detail: "no-answer" },
  ])("the leg behind the caller's own, $second, tells what became of a transfer: $status", async ({ second, status, detail }) => {
    const [sid, from] = [callSid(), nationalNumber()];
    const caller = await ExotelCaller.dial(number.websocketUrl, { callId: sid, from, to: ours });
    await caller.agentSpeaks();
    caller.dtmf("0");
    await caller.closed(20_000);
    await ask(server, "/api/v1/webhooks/exotel/connect", { CallSid: sid, CallFrom: from, CallTo: ours }, "query");
    const told = { CallSid: sid, EventType: "terminal", Status: "completed", "Legs[0][Status]": "completed", "Legs[0][OnCallDuration]": "40", "Legs[1][Status]": second, "Legs[1][OnCallDuration]": "0" };
    await ask(server, "/webhooks/exotel/call-status", told, "multipart");
    const call = await theCall(client, from, (one) => one.transfer?.status === status);
    expect(call).toMatchObject({ escalationRequested: true, transfer: { detail } });
    expect(call.events.map((one: Json) => one.kind)).toContain(`transfer_${status}`);
  });

  test("a call that nobody knows goes on", async () => {
    const fields = seenOnTheWire(callSid(), nationalNumber(), nationalNumber());
    expect((await ask(server, "/api/v1/webhooks/exotel/passthru", fields, "query")).status).toBe(200);
    expect((await ask(server, "/api/v1/webhooks/exotel/switch", fields, "query")).text).toBe('{"select":"end"}');
    expect((await ask(server, "/api/v1/webhooks/exotel/connect", fields, "query")).status).toBe(404);
  });

  test("a Greeting is asked for by HEAD first: the same headers, and then the words", async () => {
    const from = nationalNumber();
    const query = new URLSearchParams({ CallSid: callSid(), From: from, To: ours, DialWhomNumber: "" }).toString();
    const path = `/api/v1/webhooks/exotel/greeting/${number.id}?${query}`;
    const head = await client.request("HEAD", path);
    const get = await client.get(path);
    expect([head.status, get.status]).toEqual([200, 200]);
    expect(head.text).toBe("");
    expect(get.text).toBe('Namaste, this is Ravi & "Sons" <clinic>.');
    expect(get.headers.get("content-type")).toMatch(/^text\/plain/);
    for (const name of ["content-type", "content-length", "cache-control"])
      expect(head.headers.get(name), name).toBe(get.headers.get(name));
    // Asking for words begins no call.
    expect((await client.must("GET", "/api/v1/calls", undefined, { query: { number: from } })).items).toEqual([]);
  });

  test("a heartbeat is taken and measured", async () => {
    const answer = await client.post("/api/v1/webhooks/exotel/heartbeat", {
      timestamp: "2026-11-21T10:00:00+05:30",
      status_type: "CRITICAL",
      incoming_affected: ["08047112233", "08047112234"],
      outgoing_affected: [],
      data: {},
    });
    expect([answer.status, answer.json]).toEqual([200, { success: true }]);
    const level = async (value: number) => {
      const { text } = await client.get("/metrics");
      return new RegExp(`^parley_exotel_heartbeat_level ${value}$`, "m").test(text);
    };
    await eventually("the level", () => level(2));
    await client.post("/api/v1/webhooks/exotel/heartbeat", { timestamp: "2026-11-21T10:05:00+05:30", status_type: "OK" });
    await eventually("the level", () => level(0));
    expect(server.stderr).not.toContain("8047112233");
  });
});
