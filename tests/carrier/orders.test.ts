// One call, one record: whoever speaks of a call first, and in whatever order the others follow, there is one row of it
// in the log, with its right end. Calls that only look alike stay apart.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type Json, api } from "../control/support/api.js";
import { agentConfig, unique, uniqueNumber } from "../control/support/workspace.js";
import { Server, eventually } from "../control/support/server.js";
import { ExotelCaller } from "../e2e/support/exotel.js";
import { type Fields, ask, callSid, callsOf, errorsOf, isOver, nationalNumber, streamOffer, theCall, unlimited } from "./support/asking.js";

let server: Server;
let client: Api;
const agent = unique("desk");
const ours = uniqueNumber();
const oursAsExotelSays = ours.replace("+91", "0");
let phoneId = "";

beforeAll(async () => {
  server = await Server.start({ env: unlimited });
  client = api(server);
  await client.must("POST", "/api/v1/agents", { config: agentConfig(agent), publish: true });
  phoneId = (await client.must("POST", "/api/v1/phone-numbers", { phoneNumber: ours, linkedAgentId: agent })).id;
});
afterAll(async () => {
  expect(errorsOf(server)).toEqual([]);
  await server.stop();
});

type Step = "announced" | "streams" | "answered" | "terminal";
const steps: Step[] = ["announced", "streams", "answered", "terminal"];

function ordersOf<T>(things: T[]): T[][] {
  if (things.length < 2) return [things];
  return things.flatMap((first) =>
    ordersOf(things.filter((other) => other !== first)).map((rest) => [first, ...rest]),
  );
}

interface Way {
  name: string;
  announcedBy: "dynamic endpoint" | "webhook";
  // The short form of a callback names the call alone, the long one both numbers, too.
  callbacks: "short" | "long";
  // Held to the end, or hung up before the next thing is said.
  stream: "held" | "brief";
}
const ways: Way[] = [
  { name: "dynamic GET, short callbacks, a stream that is held", announcedBy: "dynamic endpoint", callbacks: "short", stream: "held" },
  { name: "dynamic GET, long callbacks, a brief stream", announcedBy: "dynamic endpoint", callbacks: "long", stream: "brief" },
  { name: "webhook, long callbacks, a stream that is held", announcedBy: "webhook", callbacks: "long", stream: "held" },
  { name: "webhook, short callbacks, a brief stream", announcedBy: "webhook", callbacks: "short", stream: "brief" },
];

// One call as its carrier tells it, in whatever order.
class Told {
  readonly sid = callSid();
  readonly from = nationalNumber();
  url = `${server.ws}/media`;
  sessionId: string | undefined;
  caller: ExotelCaller | undefined;

  constructor(readonly way: Way) {}

  async tell(step: Step): Promise<void> {
    if (step === "announced") return this.announce();
    if (step === "streams") return this.stream();
    const Status = step === "answered" ? "in-progress" : "completed";
    const short: Fields = { CallSid: this.sid, EventType: step, Status, DateUpdated: "2026-11-21 15:51:06" };
    const long: Fields = { ...short, From: this.from, To: oursAsExotelSays, Direction: "inbound", ConversationDuration: "9" };
    const answer = await ask(server, "/webhooks/exotel/call-status", this.way.callbacks === "short" ? short : long, "multipart");
    expect([answer.status, answer.json]).toEqual([200, { success: true }]);
  }

  async hangUp(): Promise<void> {
    if (this.caller !== undefined && !this.caller.isClosed) await this.caller.hangUp();
  }

  private async announce(): Promise<void> {
    const fields: Fields = { CallSid: this.sid, From: this.from, To: oursAsExotelSays };
    if (this.way.announcedBy === "webhook") {
      const offer = streamOffer(await ask(server, `/api/telephony/webhook/${phoneId}`, { ...fields, Status: "in-progress" }));
      this.url = offer.url;
      this.sessionId = offer.sessionId;
      return;
    }
    const query = { ...fields, CallFrom: this.from, CallTo: oursAsExotelSays, Direction: "incoming" };
    const answer = await ask(server, "/api/v1/telephony/exotel/endpoint", query, "query");
    expect(answer.status, answer.text).toBe(200);
    this.url = answer.json.url;
  }

  private async stream(): Promise<void> {
    this.caller = await ExotelCaller.dial(this.url, { callId: this.sid, from: this.from, to: oursAsExotelSays });
    await this.caller.agentSpeaks();
    if (this.way.stream === "brief") await this.hangUp();
  }
}

describe.concurrent.each(ways)("$name", (way) => {
  test.each(ordersOf(steps).map((order) => ({ order, title: order.join(", ") })))("$title", async ({ order }) => {
    const told = new Told(way);
    for (const step of order) await told.tell(step);
    await told.hangUp();
    const call = await theCall(
      client,
      told.from,
      (one) => isOver(one) && one.streamId !== "" && one.carrierStatus === "completed" && one.events.filter((event: Json) => event.kind === "carrier_status").length === 2,
    );
    // The stream's word beats the carrier's, which stands beside it.
    expect(call).toMatchObject({
      carrierCallId: told.sid,
      streamId: told.caller!.streamId,
      direction: "inbound",
      agent,
      phoneId,
      status: "completed",
      endReason: "caller hung up",
      carrierStatus: "completed",
    });
    if (told.sessionId !== undefined) expect(call.sessionId).toBe(told.sessionId);
    if (way.callbacks === "long") expect(call.carrierSeconds).toBe(9);
    expect(call.turns.length).toBeGreaterThan(0);
    const words = call.events.filter((one: Json) => one.kind === "carrier_status").map((one: Json) => one.detail);
    expect(words.sort()).toEqual(["completed (terminal)", "in-progress (answered)"]);
    const live = (await client.must("GET", "/api/v1/live/calls")).items;
    expect(live.filter((one: Json) => one.from === told.from)).toEqual([]);
  });
});

describe.concurrent("calls that look alike", () => {
  test("two that are announced between the same numbers at once stay apart", async () => {
    const from = nationalNumber();
    const sids = [callSid(), callSid()];
    const urls = await Promise.all(
      sids.map(async (CallSid) => {
        const fields = { CallSid, CallFrom: from, CallTo: oursAsExotelSays, Direction: "incoming" };
        return (await ask(server, "/api/v1/telephony/exotel/endpoint", fields, "query")).json.url as string;
      }),
    );
    expect(urls[0]).not.toBe(urls[1]);
    // Crosswise in time: the one announced last streams first.
    const second = await ExotelCaller.dial(urls[1]!, { callId: sids[1]!, from, to: oursAsExotelSays });
    const first = await ExotelCaller.dial(urls[0]!, { callId: sids[0]!, from, to: oursAsExotelSays });
    await Promise.all([first.agentSpeaks(), second.agentSpeaks()]);
    await ask(server, "/webhooks/exotel/call-status", { CallSid: sids[0]!, Status: "completed", ConversationDuration: "11" });
    await ask(server, "/webhooks/exotel/call-status", { CallSid: sids[1]!, Status: "busy", ConversationDuration: "22" });
    await Promise.all([first.hangUp(), second.hangUp()]);
    const calls = await eventually("both are over", async () => {
      const found = await callsOf(client, from);
      return found.length === 2 && found.every((one) => isOver(one) && one.carrierStatus !== "") && found;
    });
    const bySid = Object.fromEntries(calls.map((one: Json) => [one.carrierCallId, one]));
    expect(bySid[sids[0]!]).toMatchObject({ streamId: first.streamId, carrierStatus: "completed", carrierSeconds: 11, status: "completed" });
    expect(bySid[sids[1]!]).toMatchObject({ streamId: second.streamId, carrierStatus: "busy", carrierSeconds: 22, status: "completed" });
    expect(bySid[sids[0]!].sessionId).not.toBe(bySid[sids[1]!].sessionId);
  });

  test("two streams that nobody has announced stay apart", async () => {
    const from = nationalNumber();
    const callers = await Promise.all(
      [1, 2].map(() => ExotelCaller.dial(`${server.ws}/media`, { from, to: oursAsExotelSays })),
    );
    await Promise.all(callers.map((caller) => caller.agentSpeaks()));
    await Promise.all(callers.map((caller) => caller.hangUp()));
    const calls = await eventually("both are over", async () => {
      const found = await callsOf(client, from);
      return found.length === 2 && found.every(isOver) && found;
    });
    expect(calls.map((one: Json) => one.streamId).sort()).toEqual(callers.map((one) => one.streamId).sort());
  });

  test("an announced call is not taken over by a stream of other ends, or of another call between the same", async () => {
    const from = nationalNumber();
    const [announced, other] = [callSid(), callSid()];
    const fields = { CallSid: announced, CallFrom: from, CallTo: oursAsExotelSays, Direction: "incoming" };
    const { url } = (await ask(server, "/api/v1/telephony/exotel/endpoint", fields, "query")).json;
    const stranger = await ExotelCaller.dial(`${server.ws}/media`, { callId: other, from, to: oursAsExotelSays });
    await stranger.agentSpeaks();
    await stranger.hangUp();
    const own = await ExotelCaller.dial(url, { callId: announced, from, to: oursAsExotelSays });
    await own.agentSpeaks();
    await own.hangUp();
    const calls = await eventually("both are over", async () => {
      const found = await callsOf(client, from);
      return found.length === 2 && found.every(isOver) && found;
    });
    const bySid = Object.fromEntries(calls.map((one: Json) => [one.carrierCallId, one.streamId]));
    expect(bySid).toEqual({ [announced]: own.streamId, [other]: stranger.streamId });
  });

  test("whichever spelling of the two numbers the stream has, and no id at all, it is the announced call", async () => {
    const national = nationalNumber();
    const international = national.replace(/^0/, "+91");
    const fields = { CallSid: callSid(), CallFrom: national, CallTo: oursAsExotelSays, Direction: "incoming" };
    const { url } = (await ask(server, "/api/v1/telephony/exotel/endpoint", fields, "query")).json;
    const caller = await ExotelCaller.dial(url, { callId: "", from: international, to: ours });
    await caller.agentSpeaks();
    await caller.hangUp();
    expect(await theCall(client, national, isOver)).toMatchObject({ carrierCallId: fields.CallSid, streamId: caller.streamId });
  });

  test("a hundred at once are a hundred rows", async () => {
    const froms = Array.from({ length: 100 }, () => nationalNumber());
    await Promise.all(
      froms.map(async (from) => {
        const CallSid = callSid();
        const told = { CallSid, From: from, To: oursAsExotelSays };
        await Promise.all([
          ask(server, `/api/telephony/webhook/${phoneId}`, told),
          ask(server, "/api/v1/telephony/exotel/endpoint", told, "query"),
          ask(server, "/webhooks/exotel/call-status", { ...told, Status: "ringing" }, "multipart"),
        ]);
        await ask(server, "/webhooks/exotel/call-status", { ...told, Status: "no-answer" }, "json");
      }),
    );
    for (const from of froms)
      expect((await theCall(client, from, isOver)).status, from).toBe("no_answer");
  });
});
