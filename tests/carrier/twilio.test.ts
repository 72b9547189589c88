// Twilio: signed webhooks in, TwiML out, a stream in μ-law, status callbacks; and nothing of it unsigned.
import { createHmac, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type Answer, type Api, type Json, api } from "../control/support/api.js";
import { EventReader, keypad } from "../control/support/flows.js";
import { unique, uniqueNumber } from "../control/support/workspace.js";
import { Server, eventually } from "../control/support/server.js";
import { type Fields, ask, errorsOf, isOver, namesIn, readXml, streamOffer, theCall, unlimited } from "./support/asking.js";

const accountSid = "AC0123456789abcdef0123456789abcdef";
const authToken = "0123456789abcdef0123456789abcdef";

const sid = (kind: string) => kind + randomBytes(16).toString("hex");

// Base64 of the HMAC-SHA1 of the address and, sorted by name, each name with its value.
function signature(url: string, fields: Fields, token = authToken): string {
  const text = url + Object.keys(fields).sort().map((name) => name + fields[name]).join("");
  return createHmac("sha1", token).update(text).digest("base64");
}

// Twilio's side of a media stream.
class TwilioCaller {
  readonly streamSid = sid("MZ");
  readonly messages: Json[] = [];
  closed: { code: number } | undefined;
  private sequence = 0;
  private constructor(private readonly socket: WebSocket) {
    socket.on("message", (data: Buffer) => this.take(JSON.parse(data.toString("utf8"))));
    socket.on("close", (code) => (this.closed = { code }));
  }

  static async dial(url: string, callSid: string, customParameters: Record<string, string> = {}): Promise<TwilioCaller> {
    const socket = new WebSocket(url);
    const caller = new TwilioCaller(socket);
    await new Promise((resolve, reject) => {
      socket.once("open", resolve).once("error", reject);
      socket.once("unexpected-response", (_request, response) => reject(new Error(`refused with ${response.statusCode}`)));
    });
    caller.send({ event: "connected", protocol: "Call", version: "1.0.0" }, false);
    caller.send({
      event: "start",
      start: {
        accountSid,
        streamSid: caller.streamSid,
        callSid,
        tracks: ["inbound"],
        mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
        customParameters,
      },
    });
    return caller;
  }

  send(message: Json, numbered = true): void {
    const whole = numbered ? { ...message, sequenceNumber: String((this.sequence += 1)), streamSid: this.streamSid } : message;
    this.socket.send(JSON.stringify(whole));
  }

  media(payload: Buffer, chunk: number): void {
    this.send({ event: "media", media: { track: "inbound", chunk: String(chunk), timestamp: String(chunk * 20), payload: payload.toString("base64") } });
  }

  dtmf(digit: string): void {
    this.send({ event: "dtmf", dtmf: { track: "inbound_track", digit } });
  }

  stop(callSid: string): void {
    this.send({ event: "stop", stop: { accountSid, callSid } });
    this.socket.close(1000);
  }

  get sound(): Buffer {
    return Buffer.concat(this.messages.filter(({ event }) => event === "media").map(({ media }) => Buffer.from(media.payload, "base64")));
  }

  // Played at once: a mark comes back as soon as it has been read.
  private take(message: Json): void {
    this.messages.push(message);
    if (message.event === "mark") this.send({ event: "mark", mark: message.mark });
  }
}

let server: Server;
let client: Api;
let live: EventReader;
const agent = unique("keys");
const ours = uniqueNumber();

beforeAll(async () => {
  server = await Server.start({
    agent: "echo",
    env: { ...unlimited, TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken },
  });
  client = api(server);
  await client.must("POST", "/api/v1/agents", { yaml: keypad(agent), publish: true });
  await client.must("POST", "/api/v1/phone-numbers", { phoneNumber: ours, provider: "twilio", linkedAgentId: agent });
  live = await EventReader.open(client, "/api/v1/events");
});
afterAll(async () => {
  live.close();
  expect(errorsOf(server)).toEqual([]);
  for (const text of [authToken, ours.slice(-10)]) expect(server.stderr).not.toContain(text);
  await server.stop();
});

const incoming = (CallSid: string, From: string, To = ours): Fields => ({
  CallSid,
  AccountSid: accountSid,
  From,
  To,
  Caller: From,
  Called: To,
  CallStatus: "ringing",
  ApiVersion: "2010-04-01",
  Direction: "inbound",
  ForwardedFrom: "",
  CallerCity: "",
});

const signed = (path: string, fields: Fields, token = authToken): Promise<Answer> =>
  ask(server, path, fields, "form", { "x-twilio-signature": signature(server.url + path, fields, token) });

describe.concurrent("a call through Twilio", () => {
  test("is announced by a signed webhook, talks in μ-law and ends in the log", async () => {
    const callSid = sid("CA");
    const from = uniqueNumber();
    const answer = await signed("/api/v1/webhooks/twilio/incoming", incoming(callSid, from));
    expect(answer.headers.get("content-type")).toMatch(/^(text|application)\/xml/);
    expect(namesIn(readXml(answer.text)).filter((name) => name !== "Say").slice(0, 4)).toEqual(["Response", "Connect", "Stream", "Parameter"]);
    const { url, sessionId } = streamOffer(answer);
    expect(url.startsWith(`${server.ws}/api/v1/telephony/twilio/stream/`)).toBe(true);
    expect(new URL(url).search).toBe("");

    const caller = await TwilioCaller.dial(url, callSid, { sessionId });
    await eventually("the greeting", async () => caller.sound.length > 0);
    for (const message of caller.messages) expect(message.streamSid).toBe(caller.streamSid);
    await expect(TwilioCaller.dial(url, callSid)).rejects.toThrowError("403");
    for (const status of ["ringing", "in-progress"]) {
      const told = await signed("/api/v1/webhooks/twilio/status", { ...incoming(callSid, from), CallStatus: status, SequenceNumber: "1", CallbackSource: "call-progress-events" });
      expect([told.status, told.json]).toEqual([200, { success: true }]);
    }
    await eventually("the greeting is over", async () => caller.messages.some(({ event }) => event === "mark"));
    const before = caller.sound.length;
    caller.dtmf("1");
    await eventually("an answer to the key", async () => caller.sound.length > before && caller.messages.filter(({ event }) => event === "mark").length > 1);
    caller.stop(callSid);

    const over = await theCall(client, from, isOver);
    expect(over).toMatchObject({ carrier: "twilio", carrierCallId: callSid, sessionId, agent, status: "completed", endReason: "caller hung up", sampleRateHz: 8000, direction: "inbound" });
    expect(over.turns.map((turn: Json) => turn.agentText)).toEqual(["Press a key.", "That was one."]);
    await signed("/api/v1/webhooks/twilio/status", { ...incoming(callSid, from), CallStatus: "completed", CallDuration: "8", Duration: "1", Timestamp: "Sat, 21 Nov 2026 10:00:00 +0000" });
    expect(await theCall(client, from, (call) => call.carrierStatus === "completed")).toMatchObject({ carrierSeconds: 8, status: "completed" });
    await live.until("its status", () => live.of("call.status").some((one) => one.data.data.carrierCallId === callSid && one.data.data.carrierStatus === "completed"));
  });

  test("every byte of μ-law comes back from the echo", async () => {
    const callSid = sid("CA");
    const caller = await TwilioCaller.dial(`${server.ws}/api/v1/telephony/twilio/stream`, callSid, { agent: "echo" });
    const sent = Buffer.from(Array.from({ length: 16 * 160 }, (_, i) => i % 256));
    for (let i = 0; i < 16; ++i) caller.media(sent.subarray(i * 160, (i + 1) * 160), i + 1);
    await eventually("all of it", async () => caller.sound.length >= sent.length);
    // The two zeros of μ-law are one.
    const heard = caller.sound.map((byte) => (byte === 0x7f ? 0xff : byte));
    expect(Buffer.compare(heard, sent.map((byte) => (byte === 0x7f ? 0xff : byte)))).toBe(0);
    for (const { event, media } of caller.messages)
      if (event === "media") expect(Buffer.from(media.payload, "base64").length % 160).toBe(0);
    caller.stop(callSid);
    await eventually("closed", async () => caller.closed !== undefined);
  });

  test.each(["queued", "initiated", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"])("that is %s without a stream", async (word) => {
    const callSid = sid("CA");
    const from = uniqueNumber();
    const told = await signed("/api/v1/webhooks/twilio/status", { ...incoming(callSid, from), CallStatus: word });
    expect(told.json).toEqual({ success: true });
    const call = await theCall(client, from, (one) => one.carrierStatus === word);
    expect(call.carrier).toBe("twilio");
    expect(isOver(call)).toBe(["completed", "busy", "failed", "no-answer", "canceled"].includes(word));
  });
});

describe.concurrent("what is not signed", () => {
  const paths = ["/api/v1/webhooks/twilio/incoming", "/api/v1/webhooks/twilio/status", "/api/v1/webhooks/twilio/recording/call_nobody"];

  test.each(paths)("is refused at %s", async (path) => {
    const from = uniqueNumber();
    const fields = incoming(sid("CA"), from);
    const right = signature(server.url + path, fields);
    const refused: [string, () => Promise<Answer>][] = [
      ["without one", () => ask(server, path, fields)],
      ["an empty one", () => ask(server, path, fields, "form", { "x-twilio-signature": "" })],
      ["no base64", () => ask(server, path, fields, "form", { "x-twilio-signature": "????" })],
      ["by another token", () => signed(path, fields, "fedcba9876543210fedcba9876543210")],
      ["of another address", () => ask(server, path, fields, "form", { "x-twilio-signature": signature(`${server.url}${path}/`, fields) })],
      ["of other fields", () => ask(server, path, { ...fields, To: `${ours}0` }, "form", { "x-twilio-signature": right })],
      ["with a field more", () => ask(server, path, { ...fields, Digits: "1" }, "form", { "x-twilio-signature": right })],
      ["with a query more", () => ask(server, `${path}?a=b`, fields, "form", { "x-twilio-signature": right })],
      ["as GET", () => ask(server, path, fields, "query", { "x-twilio-signature": right })],
    ];
    for (const [what, asking] of refused) expect((await asking()).status, what).toBe(403);
    expect((await client.must("GET", "/api/v1/calls", undefined, { query: { number: from } })).items).toEqual([]);
  });

  test("and so is JSON whose fields nobody has signed", async () => {
    const path = "/api/v1/webhooks/twilio/incoming";
    const fields = incoming(sid("CA"), uniqueNumber());
    const answer = await ask(server, path, fields, "json", { "x-twilio-signature": signature(server.url + path, {}) });
    expect(answer.status).toBe(403);
  });

  test("a token of Twilio's stream opens none of Exotel's call, and the other way round", async () => {
    const callSid = sid("CA");
    const { url } = streamOffer(await signed("/api/v1/webhooks/twilio/incoming", incoming(callSid, uniqueNumber())));
    const crossed = url.replace("/telephony/twilio/", "/telephony/exotel/");
    const socket = new WebSocket(crossed);
    const end = await new Promise<number>((resolve) => {
      socket.once("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
      socket.once("open", () => socket.send(JSON.stringify({ event: "start", start: { call_sid: callSid, from: "1000", to: "2000", stream_sid: "x", account_sid: "acme1", media_format: { sample_rate: "8000" } }, stream_sid: "x" })));
      socket.once("close", (code) => resolve(code));
      socket.on("error", () => undefined);
    });
    expect([403, 1008]).toContain(end);
    // It still opens the stream that it was made for.
    const own = await TwilioCaller.dial(url, callSid);
    await eventually("the greeting", async () => own.sound.length > 0);
    own.stop(callSid);
  });
});
