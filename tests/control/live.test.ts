// What happens in calls, as it happens: over server-sent events and over a WebSocket.
import { createConnection } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import type { ExotelCaller } from "../e2e/support/exotel.js";
import { speech } from "../e2e/support/wav.js";
import { type Api, type Json, acceptInvite, api, becomeOwner } from "./support/api.js";
import { EventReader, callOf, dial, keypad, publish, shortCall } from "./support/flows.js";
import { Server, eventually } from "./support/server.js";

async function answeredKey(caller: ExotelCaller, key: string): Promise<void> {
  const before = caller.received.length;
  caller.dtmf(key);
  await caller.agentSpeaks(before);
  await caller.agentFinished();
}

// One question and its answer, with the bench agent.
async function talk(server: Server): Promise<ExotelCaller> {
  const caller = await dial(server);
  await caller.agentFinished();
  const before = caller.received.length;
  await caller.say(speech("yes_please"));
  await caller.agentSpeaks(before);
  await caller.agentFinished();
  await caller.hangUp();
  return caller;
}

// An id of an event of 1970: everything that is still known came later.
const longAgo = "00000000010000000000000000";

// The kinds in the order in which they first came.
const firsts = (types: string[]) => [...new Set(types)];

describe.concurrent("events", () => {
  let server: Server;
  let client: Api;
  beforeAll(async () => {
    server = await Server.start();
    client = api(server);
    await publish(client, keypad("keys"));
  });
  afterAll(() => server.stop());

  test("a call from its start to its end, over both ways alike", async () => {
    const reader = await EventReader.open(client, "/api/v1/events");
    const socket = new WebSocket(`${server.ws}/api/v1/events/socket`);
    const fromSocket: Json[] = [];
    socket.on("message", (text: Buffer) => fromSocket.push(JSON.parse(text.toString("utf8"))));
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));

    const call = await callOf(client, await talk(server));
    const ofCall = () => reader.events.filter((one) => one.data.callId === call.id);
    await reader.until("the recording", () => ofCall().some((one) => one.event === "recording.ready"));
    const events = ofCall();

    // Every event names itself twice, and the call and session it is of.
    for (const one of events) {
      expect(one.data).toMatchObject({ id: one.id, type: one.event, callId: call.id, sessionId: call.sessionId });
      expect(one.data.at).toBeDefined();
    }
    expect(new Set(events.map((one) => one.id)).size).toBe(events.length);
    const types = events.map((one) => one.event);
    expect(types[0]).toBe("call.started");
    expect(types.slice(-2)).toEqual(["call.ended", "recording.ready"]);
    expect(firsts(types)).toEqual(expect.arrayContaining(["transcript.partial", "transcript.final", "turn.completed"]));

    const started = events[0]!.data.data;
    expect(started).toMatchObject({ agent: "bench", direction: "inbound", carrierCallId: call.carrierCallId });
    const finals = events.filter((one) => one.event === "transcript.final").map((one) => one.data.data);
    expect(finals.map((one) => [one.line, one.speaker])).toEqual([
      [0, "agent"],
      [1, "caller"],
      [2, "agent"],
    ]);
    expect(finals[1].text).toBe(call.turns[1].callerText);
    // A partial transcript comes before the final one of its line.
    const partial = events.findIndex((one) => one.event === "transcript.partial" && one.data.data.line === 2);
    const final = events.findIndex((one) => one.event === "transcript.final" && one.data.data.line === 2);
    expect(partial).toBeGreaterThan(0);
    expect(partial).toBeLessThan(final);

    const turn = events.filter((one) => one.event === "turn.completed").map((one) => one.data.data)[1];
    expect(turn).toMatchObject({ turn: 1, callerText: call.turns[1].callerText, agentText: call.turns[1].agentText });
    for (const name of ["endpointMs", "firstTokenMs", "firstAudioMs", "sentMs"])
      expect(turn.latencies[name], name).toBeGreaterThan(0);
    const ended = events.find((one) => one.event === "call.ended")!.data.data;
    expect(ended).toMatchObject({ status: "completed", reason: "caller hung up", escalationRequested: false });

    await eventually("the same over the socket", async () => fromSocket.some((one) => one.type === "recording.ready" && one.callId === call.id));
    const same = fromSocket.filter((one) => one.callId === call.id);
    expect(same).toEqual(events.map((one) => one.data));
    socket.close();
    reader.close();
  });

  test("stages, slots, escalation", async () => {
    const caller = await dial(server, "/media", { customParameters: { agent: "keys" } });
    const id = (await callOf(client, caller, () => true)).id;
    const reader = await EventReader.open(client, `/api/v1/events?callId=${id}&types=stage.changed,escalation,call.ended`);
    await caller.agentFinished();
    await answeredKey(caller, "1");
    await reader.until("the stage", () => reader.of("stage.changed").length > 0);
    expect(reader.of("stage.changed")[0]!.data.data).toMatchObject({ stage: "second" });
    const live = (await client.must("GET", "/api/v1/live/calls")).items.find((one: Json) => one.id === id);
    expect(live.stage).toBe("second");
    caller.dtmf("9");
    await caller.closed();
    await reader.until("the end", () => reader.of("call.ended").length > 0);
    // Only what was asked for.
    expect(firsts(reader.types)).toEqual(["stage.changed", "call.ended"]);
    reader.close();
  });

  test("who comes back with the last id gets what was missed, once", async () => {
    const first = await shortCall(server);
    const call = await callOf(client, first);
    const all = await EventReader.open(client, `/api/v1/events?callId=${call.id}`, {
      headers: { "last-event-id": longAgo },
    });
    await all.until("what is known", (events) => events.some((one) => one.event === "recording.ready"));
    all.close();
    const ids = all.events.map((one) => one.id);
    expect(all.types[0]).toBe("call.started");
    expect(all.types).toContain("call.ended");
    // History holds what is final.
    expect(all.types).not.toContain("transcript.partial");

    for (let last = 0; last < ids.length - 1; ++last) {
      const again = await EventReader.open(client, `/api/v1/events?callId=${call.id}`, {
        headers: { "last-event-id": ids[last]! },
      });
      await again.until("the rest", (events) => events.length >= ids.length - 1 - last);
      again.close();
      expect(again.events.map((one) => one.id)).toEqual(ids.slice(last + 1));
    }
  });

  test("a subscriber who does not read disturbs no call", async () => {
    // A socket that asks for everything and takes nothing.
    const deaf = createConnection(server.port, "127.0.0.1");
    await new Promise((resolve) => deaf.once("connect", resolve));
    deaf.write("GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n");
    deaf.pause();
    const reader = await EventReader.open(client, "/api/v1/events?types=call.ended");
    const callers = await Promise.all(Array.from({ length: 10 }, () => talk(server)));
    for (const caller of callers) {
      expect(caller.protocolErrors).toEqual([]);
      expect((await callOf(client, caller)).status).toBe("completed");
    }
    await reader.until("ten ends", () =>
      callers.every((caller) => reader.events.some((one) => one.data.data.carrierCallId === caller.callId)),
    );
    reader.close();
    deaf.destroy();
  });
});

describe("workspaces", () => {
  test("nobody hears the calls of another workspace", async () => {
    const server = await Server.start();
    try {
      const owner = await becomeOwner(server);
      const made = await owner.must("POST", "/api/v1/workspaces", { name: "Clinic", ownerEmail: "meera@example.com" });
      const meera = await acceptInvite(server, made.inviteUrl);
      expect((await meera.must("GET", "/api/v1/me")).workspace.name).toBe("Clinic");

      await publish(meera, keypad("hers"));
      const number = await meera.must("POST", "/api/v1/phone-numbers", { phoneNumber: "+919300000001", linkedAgentId: "hers" });
      const ours = await EventReader.open(owner, "/api/v1/events");
      const hers = await EventReader.open(meera, "/api/v1/events");
      // A stranger hears nothing at all.
      await expect(EventReader.open(api(server), "/api/v1/events")).rejects.toThrow("401");

      const inHers = await shortCall(server, `/api/telephony/ws/${number.id}`);
      const inOurs = await shortCall(server);
      await ours.until("the end of ours", () => ours.of("call.ended").length > 0);
      await hers.until("the end of hers", () => hers.of("call.ended").length > 0);
      const heard = (reader: EventReader) => firsts(reader.of("call.ended").map((one) => one.data.data.carrierCallId));
      expect(heard(ours)).toEqual([inOurs.callId]);
      expect(heard(hers)).toEqual([inHers.callId]);

      const call = await callOf(meera, inHers);
      expect(call.phoneId).toBe(number.id);
      // Known to her, unknown to the owner of another workspace, also by its id.
      for (const path of ["", "/transcript", "/recording"])
        expect((await owner.get(`/api/v1/calls/${call.id}${path}`)).status).toBe(404);
      expect((await owner.post(`/api/v1/calls/${call.id}/hang-up`, {})).status).toBe(404);
      expect((await owner.must("GET", "/api/v1/calls")).items.map((one: Json) => one.carrierCallId)).toEqual([inOurs.callId]);
      const spying = await EventReader.open(owner, `/api/v1/events?callId=${call.id}`, {
        headers: { "last-event-id": longAgo },
      });
      await shortCall(server);
      await ours.until("another end of ours", () => ours.of("call.ended").length > 1);
      expect(spying.events).toEqual([]);
      for (const reader of [ours, hers, spying]) reader.close();
    } finally {
      await server.stop();
    }
  });
});

test("a server that stops says so to those who watch, also to one that does not listen, and ends well", async () => {
  const server = await Server.start();
  try {
    const reader = await EventReader.open(api(server), "/api/v1/events");
    const sockets = Array.from({ length: 3 }, () => new WebSocket(`${server.ws}/api/v1/events/socket`));
    await Promise.all(sockets.map((one) => new Promise((resolve, reject) => one.once("open", resolve).once("error", reject))));
    const codes = sockets.slice(1).map((one) => new Promise((resolve) => one.once("close", resolve)));
    // It stays open and reads no more: its goodbye is not answered.
    sockets[0]!.pause();
    const ended = await server.shutDown();
    expect(ended).toMatchObject({ code: 0 });
    expect(await Promise.all(codes)).toEqual([1013, 1013]);
    await reader.until("the end", () => reader.ended);
    sockets[0]!.terminate();
  } finally {
    await server.stop();
  }
});
