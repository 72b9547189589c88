// What nobody should send to a carrier's addresses: a clear answer, a server that goes on, nothing lost of the calls
// that are there, and no number or secret in the log.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, type Api, type Json, api } from "../control/support/api.js";
import { rawRequest } from "../control/support/raw.js";
import { agentConfig, unique, uniqueNumber } from "../control/support/workspace.js";
import { Server, eventually } from "../control/support/server.js";
import { ExotelCaller, Refused } from "../e2e/support/exotel.js";
import { type Fields, ask, callSid, callsOf, errorsOf, isOver, multipart, namesIn, nationalNumber, only, readXml, streamOffer, theCall, unlimited } from "./support/asking.js";

const addresses = [
  "/api/v1/webhooks/exotel/incoming",
  "/api/v1/telephony/exotel/endpoint",
  "/webhooks/exotel/call-status",
  "/api/v1/webhooks/exotel/status",
  "/api/v1/webhooks/exotel/passthru",
  "/api/v1/webhooks/exotel/switch",
  "/api/v1/webhooks/exotel/connect",
  "/api/v1/webhooks/exotel/recording/call_nobody",
  "/api/v1/webhooks/exotel/heartbeat",
];

let server: Server;
let client: Api;
const agent = unique("desk");
const ours = uniqueNumber();
let phoneId = "";
// Written nowhere, whatever happens.
const unspoken: string[] = [ours.slice(-10)];

const aNumber = () => {
  const number = nationalNumber();
  unspoken.push(number.slice(-10));
  return number;
};

beforeAll(async () => {
  server = await Server.start({ env: unlimited });
  client = api(server);
  await client.must("POST", "/api/v1/agents", { config: agentConfig(agent), publish: true });
  phoneId = (await client.must("POST", "/api/v1/phone-numbers", { phoneNumber: ours, linkedAgentId: agent })).id;
});
afterAll(async () => {
  // A call as always, after all of it.
  const from = aNumber();
  const callId = callSid();
  const caller = await ExotelCaller.dial(await announced(callId, from), { callId, from, to: ours });
  await caller.agentSpeaks();
  await caller.hangUp();
  await theCall(client, from, isOver);
  expect((await client.get("/healthz")).status).toBe(200);
  expect(errorsOf(server)).toEqual([]);
  for (const text of unspoken) expect(server.stderr.includes(text), `in the log: ${text}`).toBe(false);
  await server.stop();
});

async function announced(CallSid: string, from: string, more: Fields = {}): Promise<string> {
  const { url } = streamOffer(await ask(server, `/api/telephony/webhook/${phoneId}`, { CallSid, From: from, To: ours, ...more }));
  unspoken.push(new URL(url).pathname.split("/").at(-1)!);
  return url;
}

const send = (path: string, body: string | Uint8Array, type: string): Promise<Answer> =>
  rawRequest(server, { method: "POST", path, body, headers: { "content-type": type } });

// Says what is wrong in a line, and quotes nothing of what was sent.
function expectRefusal(answer: Answer, statuses: number[], what: string): void {
  expect(statuses, `${what}: ${answer.status} ${answer.text.slice(0, 200)}`).toContain(answer.status);
  const line: string = answer.json?.error ?? answer.json?.detail ?? answer.text;
  expect(line.length, what).toBeGreaterThan(5);
  expect(line.length, what).toBeLessThan(300);
}

const form = "application/x-www-form-urlencoded";

describe.concurrent("bodies", () => {
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  const many = (count: number) => Array.from({ length: count }, (_, i) => `f${i}=1`).join("&");
  const bodies: { what: string; body: string | Uint8Array; type: string; statuses: number[] }[] = [
    { what: "no object of JSON", body: "[1,2]", type: "application/json", statuses: [400] },
    { what: "JSON that breaks off", body: '{"CallSid":"abc"', type: "application/json", statuses: [400] },
    { what: "JSON that is none", body: "CallSid=abc", type: "application/json", statuses: [400] },
    { what: "deep JSON", body: deep(20), type: "application/json", statuses: [413] },
    { what: "JSON deeper than any parser likes", body: deep(100_000), type: "application/json", statuses: [400, 413] },
    { what: "a wide JSON", body: JSON.stringify(Array.from({ length: 2000 }, () => 1).reduce<Json>((all, _one, i) => ({ ...all, [`f${i}`]: 1 }), {})), type: "application/json", statuses: [413] },
    { what: "two thousand fields", body: many(2000), type: form, statuses: [413] },
    { what: "a name of a kilobyte", body: `${"n".repeat(1024)}=1`, type: form, statuses: [413] },
    { what: "two megabytes", body: `CallSid=${"a".repeat(2_000_000)}`, type: form, statuses: [413] },
    { what: "a multipart with another boundary", body: multipart({ CallSid: "abc" }), type: "multipart/form-data; boundary=nowhere", statuses: [400] },
    { what: "a multipart of two thousand parts", body: multipart(Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`f${i}`, "1"])), "b"), type: "multipart/form-data; boundary=b", statuses: [413] },
    { what: "a part with headers of 20 KB", body: `--b\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n1\r\n--b--\r\n`, type: "multipart/form-data; boundary=b", statuses: [413] },
    { what: "a boundary of a kilobyte", body: multipart({ CallSid: "abc" }, "b".repeat(1024)), type: `multipart/form-data; boundary=${"b".repeat(1024)}`, statuses: [400, 413] },
  ];

  test.each(bodies)("$what", async ({ what, body, type, statuses }) => {
    for (const path of addresses) expectRefusal(await send(path, body, type), statuses, `${what} at ${path}`);
  });

  test("a multipart whose type names no boundary is read by its first line", async () => {
    const [sid, from] = [callSid(), aNumber()];
    const told = multipart({ CallSid: sid, From: from, To: ours, Status: "busy" });
    expect((await send("/webhooks/exotel/call-status", told, "multipart/form-data")).status).toBe(200);
    expect(await theCall(client, from, isOver)).toMatchObject({ status: "busy", carrierCallId: sid });
  });

  test("those of noise and those that break off anywhere bring nothing down", async () => {
    const whole = multipart({ CallSid: callSid(), From: aNumber(), To: ours, Status: "completed" }, "b");
    for (let end = 0; end < whole.length; end += 7)
      expect((await send("/webhooks/exotel/call-status", whole.slice(0, end), "multipart/form-data; boundary=b")).status).toBeLessThan(500);
    const noise = Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919 + (i >> 3)) % 256);
    for (const path of addresses)
      for (const type of [form, "application/json", "multipart/form-data; boundary=b", "text/plain", "", "application/octet-stream"])
        expect((await send(path, noise, type)).status, `${type} at ${path}`).toBeLessThan(500);
  });

  test("without a call's id, or with one that is none", async () => {
    const sids = [undefined, "", " ", "a".repeat(129), "a b", "../../etc/passwd", "abc\r\nX-Injected: 1", "abc\u0000", '"><Hangup/>', "ÄÖÜ", "%", "'; DROP TABLE calls; --"];
    for (const path of addresses.filter((one) => !/heartbeat|recording/.test(one))) {
      for (const CallSid of sids) {
        const from = aNumber();
        const answer = await ask(server, path, { ...(CallSid === undefined ? {} : { CallSid }), From: from, To: ours, Status: "ringing" });
        // What only has to be cleaned of control characters is an id.
        if (CallSid === "abc\u0000") continue;
        expectRefusal(answer, [400], `${JSON.stringify(CallSid)} at ${path}`);
        expect(answer.headers.get("x-injected")).toBeNull();
        expect(await callsOf(client, from)).toEqual([]);
      }
    }
  });

  test("invalid UTF-8 is read as far as it can be", async () => {
    const sid = callSid();
    const from = aNumber();
    const escaped = `CallSid=${sid}&From=${from}&To=${encodeURIComponent(ours)}&Status=%FF%FEringing%C3&CustomField=%80%E2%82`;
    expect((await send("/webhooks/exotel/call-status", escaped, form)).status).toBe(200);
    const raw = Buffer.concat([Buffer.from(`CallSid=${sid}&Status=busy&CustomField=`), Buffer.from([0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80])]);
    expect((await send("/webhooks/exotel/call-status", raw, form)).status).toBe(200);
    const call = await theCall(client, from, isOver);
    expect(call.status).toBe("busy");
    expect(JSON.stringify(call)).toBe(Buffer.from(JSON.stringify(call), "utf8").toString("utf8"));
  });
});

describe.concurrent("words that mean something elsewhere", () => {
  const nasty = [
    '"/><Hangup/><Say x="',
    "</Response><Response><Dial>+911234567890</Dial>",
    "]]><!-- & &lt; &amp;amp; <?xml?>",
    "\r\nSet-Cookie: a=b\r\n\r\n<html>",
    "\u0000\u0001\u001b[31m\u007f\u0085\ufffe\u202e",
    "{{name}} ${name} %s %n $(id) `id`",
    "x".repeat(100_000),
    "😀".repeat(1000),
  ];

  test.each(nasty.map((text, i) => [i, text] as const))("(%i) in every field: the answer stays as it was", async (_i, text) => {
    const everywhere = { From: text, To: text, CallFrom: text, CallTo: ours, Direction: text, CustomField: text, digits: text, agent: text, sessionId: text, "Stream[Status]": text };
    for (const [path, names] of [
      [`/api/telephony/webhook/${phoneId}`, ["Response", "Connect", "Stream", "Parameter"]],
      ["/api/v1/webhooks/exotel/incoming", ["Response", "Say", "Record"]],
    ] as const) {
      const answer = await ask(server, path, { CallSid: callSid(), ...everywhere }, "multipart");
      expect(answer.status, path).toBe(200);
      expect(namesIn(readXml(answer.text)), path).toEqual(names);
      expect(answer.headers.get("set-cookie")).toBeNull();
    }
    const endpoint = await ask(server, "/api/v1/telephony/exotel/endpoint", { CallSid: callSid(), ...everywhere });
    expect(Object.keys(endpoint.json)).toEqual(["url"]);
    expect(new URL(endpoint.json.url).host).toBe(new URL(server.ws).host);
    const passthru = await ask(server, "/api/v1/webhooks/exotel/passthru", { CallSid: callSid(), ...everywhere });
    expect(passthru.status).toBe(200);
    const status = await ask(server, "/webhooks/exotel/call-status", { CallSid: callSid(), Status: text, ...everywhere, CallTo: "" }, "json");
    expect(status.status).toBe(200);
    // All of it can still be listed.
    expect((await client.get("/api/v1/calls?limit=200")).status).toBe(200);
  });

  test("an agent with markup in its name, words and voice is answered for in XML that is whole", async () => {
    const name = `A & B "desk" <one> ${unique("x")}`;
    const made = await client.post("/api/v1/agents", {
      config: { ...agentConfig("x"), name, first_message: nasty[1], language: "en-IN", tts: { provider: "instant", voice: '"><Hangup/>' } },
      publish: true,
    });
    // Names may be stricter than that; then one with a plain name.
    const config = { ...agentConfig(unique("plain")), first_message: nasty[0]! + nasty[1]!, tts: { provider: "instant", voice: '"><Hangup/>' } };
    const chosen = made.status < 300 ? made.json : await client.must("POST", "/api/v1/agents", { config, publish: true });
    const number = uniqueNumber();
    await client.must("POST", "/api/v1/phone-numbers", { phoneNumber: number, linkedAgentId: chosen.id });
    const answer = await ask(server, "/api/v1/webhooks/exotel/incoming", { CallSid: callSid(), From: aNumber(), To: number });
    const response = readXml(answer.text);
    expect(namesIn(response)).toEqual(["Response", "Say", "Record"]);
    expect(only(response, "Say").attributes["voice"]).toBe('"><Hangup/>');
    expect(only(response, "Say").text).toContain("</Response><Response>");
    const chosenByName = await ask(server, `/api/telephony/webhook/${phoneId}`, { CallSid: callSid(), From: aNumber(), To: ours, agent: chosen.name ?? config.name });
    expect(streamOffer(chosenByName).url).toMatch(/^ws:/);
  });

  test("a Host that is none gets no address made of it", async () => {
    for (const host of ['evil.example.com"/><Hangup/>', "evil.example.com/path", "a b", "evil.example.com@good"]) {
      const answer = await rawRequest(server, {
        method: "POST",
        path: `/api/telephony/webhook/${phoneId}`,
        headers: { host, "content-type": form },
        body: new URLSearchParams({ CallSid: callSid(), From: aNumber(), To: ours }).toString(),
      });
      if (answer.status !== 200) continue;
      expect(namesIn(readXml(answer.text))).toEqual(["Response", "Connect", "Stream", "Parameter"]);
      expect(answer.text).not.toContain("evil");
    }
  });
});

describe.concurrent("forged and repeated", () => {
  test("a CallSid that is announced twice is one call, and the newer address opens it", async () => {
    const sid = callSid();
    const from = aNumber();
    const [first, second] = [await announced(sid, from), await announced(sid, from)];
    await expect(ExotelCaller.dial(first, { callId: sid, from, to: ours })).rejects.toThrowError(Refused);
    const caller = await ExotelCaller.dial(second, { callId: sid, from, to: ours });
    await caller.agentSpeaks();
    await caller.hangUp();
    expect(await theCall(client, from, isOver)).toMatchObject({ carrierCallId: sid, status: "completed" });
  });

  test("a token with another call's id opens nothing, and both calls go on", async () => {
    const [a, b] = [callSid(), callSid()];
    const [fromA, fromB] = [aNumber(), aNumber()];
    const [urlA, urlB] = [await announced(a, fromA), await announced(b, fromB)];
    const forged = await ExotelCaller.dial(urlA, { callId: b, from: fromB, to: ours });
    expect((await forged.closed()).code).toBe(1008);
    expect(forged.messages("media")).toEqual([]);
    for (const [url, callId, from] of [[urlA, a, fromA], [urlB, b, fromB]] as const) {
      const own = await ExotelCaller.dial(url, { callId, from, to: ours });
      await own.agentSpeaks();
      await own.hangUp();
      expect(await theCall(client, from, isOver)).toMatchObject({ carrierCallId: callId, streamId: own.streamId });
    }
  });

  test("a custom field that names another's call is refused everywhere", async () => {
    const [victim, from] = [callSid(), aNumber()];
    await announced(victim, from);
    const { id } = await theCall(client, from);
    const other = callSid();
    const otherFrom = aNumber();
    await announced(other, otherFrom);
    for (const CustomField of [`parley:${id}`, JSON.stringify({ parley: id })]) {
      const told = { CallSid: other, From: otherFrom, To: ours, CustomField };
      expectRefusal(await ask(server, "/webhooks/exotel/call-status", { ...told, Status: "completed" }), [403], "status");
      expectRefusal(await ask(server, `/api/telephony/webhook/${phoneId}`, told), [403], "incoming");
      expectRefusal(await ask(server, "/api/v1/telephony/exotel/endpoint", told), [403], "endpoint");
      expect((await ask(server, "/api/v1/webhooks/exotel/passthru", told)).status).toBe(200);
      expect((await ask(server, "/api/v1/webhooks/exotel/connect", told)).status).toBe(404);
    }
    for (const number of [from, otherFrom]) expect((await theCall(client, number)).status, number).toBe("ringing");
  });

  test("tokens that were never given, or to another carrier's stream, open nothing", async () => {
    const callId = callSid();
    const url = await announced(callId, aNumber());
    const token = url.split("/").at(-1)!;
    const changed = token.slice(0, -1) + (token.endsWith("A") ? "B" : "A");
    for (const path of [url.replace(token, changed), url.replace(token, `${token}x`), url.replace(token, token.toLowerCase()), url.replace(token, token.slice(0, 10))])
      await expect(ExotelCaller.dial(path, { callId: callSid() }), path.length.toString()).rejects.toThrowError(Refused);
    const caller = await ExotelCaller.dial(url, { callId, to: ours });
    await caller.agentSpeaks();
    await caller.hangUp();
  });

  test("a second stream of a call that is talking gets a row of its own or none, and the first goes on", async () => {
    const from = aNumber();
    const first = await ExotelCaller.dial(`${server.ws}/media`, { from, to: ours });
    await first.agentSpeaks();
    const second = await ExotelCaller.dial(`${server.ws}/media`, { callId: first.callId, from, to: ours });
    await Promise.race([second.agentSpeaks().catch(() => undefined), second.closed()]);
    expect(first.isClosed).toBe(false);
    if (!second.isClosed) await second.hangUp();
    await first.hangUp();
    const calls = await eventually("all are over", async () => {
      const found = await callsOf(client, from);
      return found.length > 0 && found.every(isOver) && found;
    });
    expect(calls.find((one: Json) => one.streamId === first.streamId)).toMatchObject({ status: "completed", endReason: "caller hung up" });
  });
});

describe.concurrent("numbers", () => {
  test("of ours are found in every spelling", async () => {
    const digits = ours.slice(-10);
    const spellings = [ours, `0${digits}`, digits, `91${digits}`, `0091${digits}`, `+91 ${digits.slice(0, 5)} ${digits.slice(5)}`, `+91-${digits}`, `(0)${digits}`, ` ${digits} `, `+91.${digits}`, `91 ${digits}`, `tel:+91${digits}`];
    for (const To of spellings) {
      const from = aNumber();
      await ask(server, "/api/v1/telephony/exotel/endpoint", { CallSid: callSid(), CallFrom: from, CallTo: To }, "query");
      expect(await theCall(client, from), To).toMatchObject({ phoneId, agent });
      const caller = await ExotelCaller.dial(`${server.ws}/media`, { from: aNumber(), to: To });
      await caller.agentSpeaks();
      await caller.hangUp();
    }
  });

  test("that are none are taken as text", async () => {
    for (const From of ["anonymous", "+", "sip:alice@example.com", "9".repeat(200), "+91 (withheld)", ""]) {
      const answer = await ask(server, `/api/telephony/webhook/${phoneId}`, { CallSid: callSid(), From, To: ours });
      expect(streamOffer(answer).url, From).toMatch(/^ws:/);
    }
  });

  test("that are switched off are answered with a sentence, and nothing else", async () => {
    const number = uniqueNumber();
    const { id } = await client.must("POST", "/api/v1/phone-numbers", { phoneNumber: number, status: "inactive" });
    const answer = await ask(server, `/api/telephony/webhook/${id}`, { CallSid: callSid(), From: aNumber(), To: number });
    expect([answer.status, namesIn(readXml(answer.text))]).toEqual([200, ["Response", "Say", "Hangup"]]);
    const endpoint = await ask(server, `/api/v1/telephony/exotel/endpoint/${id}`, { CallSid: callSid(), From: aNumber(), To: number });
    expectRefusal(endpoint, [403, 404], "endpoint");
  });
});

describe("another's account", () => {
  test("tells nothing of a call that we have placed, and streams none of it", async () => {
    const placedSid = callSid();
    const exotel = createServer((request, response) => {
      request.resume().on("end", () => {
        response.setHeader("content-type", "application/json");
        const call = { Sid: placedSid, AccountSid: "acme1", Status: "in-progress", Direction: "outbound-api" };
        response.end(JSON.stringify(request.method === "POST" ? { Call: call } : { Calls: [], Call: call }));
      });
    });
    await new Promise<void>((resolve) => exotel.listen(0, "127.0.0.1", resolve));
    const own = await Server.start({
      env: {
        ...unlimited,
        EXOTEL_BASE_URL: `http://127.0.0.1:${(exotel.address() as AddressInfo).port}`,
        EXOTEL_ACCOUNT_SID: "acme1",
        EXOTEL_API_KEY: "key-0123456789abcdef",
        EXOTEL_API_TOKEN: "token-0123456789abcdef",
        EXOTEL_VIRTUAL_NUMBER: "08047112233",
        EXOTEL_APP_ID: "926",
        PUBLIC_URL: "https://voice.example.com",
      },
    });
    const as = api(own);
    const to = uniqueNumber();
    await as.must("POST", "/api/v1/calls", { to });
    await theCall(as, to, (call) => call.carrierCallId === placedSid);
    const path = "/webhooks/exotel/call-status";
    const wrong = await ask(own, path, { CallSid: placedSid, AccountSid: "acme2", Status: "failed", EventType: "terminal" });
    expectRefusal(wrong, [401, 403], "another account");
    expect(isOver(await theCall(as, to))).toBe(false);
    const right = await ask(own, path, { CallSid: placedSid, AccountSid: "acme1", Status: "busy", EventType: "terminal" });
    expect(right.status, right.text).toBe(200);
    expect(await theCall(as, to, isOver)).toMatchObject({ status: "busy", direction: "outbound" });
    expect(errorsOf(own)).toEqual([]);
    for (const text of [to.slice(-10), "8047112233", "key-0123456789abcdef", "token-0123456789abcdef"]) expect(own.stderr).not.toContain(text);
    await own.stop();
    await new Promise((resolve) => exotel.close(resolve));
  });
});
