// Outgoing webhooks against a real receiver: signed, tried again, given up, delivered after a crash, and never posted to
// where a stranger must not send us.
import { lookup } from "node:dns/promises";
import { hostname } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type Json, api } from "./support/api.js";
import { callOf, dial, heardCall, keypad, publish, shortCall } from "./support/flows.js";
import { Receiver, signatureIsGood } from "./support/receiver.js";
import { Server, eventually } from "./support/server.js";

const allowed = { PARLEY_OUTBOUND_ALLOW: "127.0.0.1/32" };

const hook = (client: Api, url: string, events: string[]): Promise<Json> =>
  client.must("POST", "/api/v1/webhooks", { url, events });
const deliveries = async (client: Api, id: string): Promise<Json[]> =>
  (await client.must("GET", `/api/v1/webhooks/${id}/deliveries?limit=200`)).items;
const settled = (client: Api, id: string, status: string) =>
  eventually(`a delivery that is ${status}`, async () => (await deliveries(client, id)).find((one) => one.status === status));
const failedOnce = (client: Api, id: string) =>
  eventually("a failed attempt", async () => (await deliveries(client, id)).find((one) => one.attempts > 0));

describe.concurrent("deliveries", () => {
  let server: Server;
  let client: Api;
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
    receiver.answer = ({ path }) => {
      if (path.startsWith("/gone")) return 410;
      if (path === "/fails-once" && receiver.at("/fails-once").length === 1) return 500;
      if (path.startsWith("/fails-always")) return 500;
      if (path === "/moved") return { status: 302, location: receiver.url("/elsewhere") };
      return 204;
    };
    server = await Server.start({ env: allowed });
    client = api(server);
    await publish(client, keypad("keys"));
  });
  afterAll(async () => {
    receiver.stop();
    await server.stop();
  });

  test("everything that happens in a call is posted, signed, once", async () => {
    const made = await hook(client, receiver.url("/all"), ["*"]);
    expect(made.secret).toMatch(/^whsec_/);
    const caller = await dial(server, "/media", { from: "+919500000001", customParameters: { agent: "keys" } });
    await caller.agentFinished();
    const before = caller.received.length;
    caller.dtmf("1");
    await caller.agentSpeaks(before);
    await caller.agentFinished();
    caller.dtmf("9");
    await caller.closed();
    const call = await callOf(client, caller);

    const ofCall = () => receiver.at("/all").filter((one) => one.json.callId === call.id);
    await receiver.until("the recording", () => ofCall().some((one) => one.json.type === "recording.ready"));
    await eventually("all delivered", async () =>
      (await deliveries(client, made.id)).filter((one) => one.body.callId === call.id).every((one) => one.status === "delivered"),
    );
    const posted = ofCall();
    for (const one of posted) {
      expect(signatureIsGood(one, made.secret), one.json.type).toBe(true);
      expect(signatureIsGood(one, `${made.secret}x`)).toBe(false);
      expect(one.headers["content-type"]).toContain("application/json");
      expect(one.headers["parley-event"]).toBe(one.json.type);
      expect(one.headers["parley-delivery"]).toMatch(/\w{20,}/);
    }
    const types = posted.map((one) => one.json.type);
    for (const type of ["call.started", "transcript.final", "turn.completed", "stage.changed", "call.ended", "recording.ready"])
      expect(types).toContain(type);
    expect(types).not.toContain("transcript.partial");
    for (const type of ["call.started", "call.ended", "recording.ready"])
      expect(types.filter((one) => one === type), type).toHaveLength(1);
    expect(new Set(posted.map((one) => one.json.id)).size).toBe(posted.length);
    const ended = posted.find((one) => one.json.type === "call.ended")!.json;
    expect(ended).toMatchObject({ sessionId: call.sessionId, data: { from: "+919500000001", status: "completed", agent: "keys" } });
    // The log shows the very body.
    const logged = (await deliveries(client, made.id)).find((one) => one.eventType === "call.ended" && one.eventId === ended.id)!;
    expect(logged).toMatchObject({ status: "delivered", attempts: 1, lastStatus: 204, nextAttemptAt: null });
    expect(logged.body).toEqual(ended);
  });

  test("only what was asked for", async () => {
    await hook(client, receiver.url("/ends"), ["call.ended"]);
    const call = await callOf(client, await shortCall(server));
    await receiver.until("the end", () => receiver.at("/ends").some((one) => one.json.callId === call.id));
    expect(new Set(receiver.at("/ends").map((one) => one.json.type))).toEqual(new Set(["call.ended"]));
  });

  test("after a 500 it waits, and comes again with the same id", async () => {
    const made = await hook(client, receiver.url("/fails-once"), ["slot.filled"]);
    await client.must("POST", `/api/v1/webhooks/${made.id}/test`);
    const failed = await failedOnce(client, made.id);
    expect(failed).toMatchObject({ status: "pending", attempts: 1, lastStatus: 500, eventType: "webhook.test" });
    const wait = Date.parse(failed.nextAttemptAt) - Date.now();
    expect(wait).toBeGreaterThan(5_000);
    expect(wait).toBeLessThan(12_000);
    expect(failed.lastError).toContain("500");

    await client.must("POST", `/api/v1/deliveries/${failed.id}/redeliver`);
    const delivered = await settled(client, made.id, "delivered");
    expect(delivered.id).toBe(failed.id);
    const [first, second] = receiver.at("/fails-once");
    expect(second!.headers["parley-delivery"]).toBe(first!.headers["parley-delivery"]);
    expect(second!.body).toBe(first!.body);
    expect(signatureIsGood(second!, made.secret)).toBe(true);
  });

  test("410: given up, and the webhook is disabled", async () => {
    const made = await hook(client, receiver.url("/gone"), ["chat.message"]);
    await client.must("POST", `/api/v1/webhooks/${made.id}/test`);
    const dead = await settled(client, made.id, "dead");
    expect(dead).toMatchObject({ lastStatus: 410, attempts: 1, nextAttemptAt: null });
    expect((await client.must("GET", `/api/v1/webhooks/${made.id}/deliveries?status=dead`)).items).toHaveLength(1);
    const disabled = await eventually("it disabled", async () => {
      const now = await client.must("GET", `/api/v1/webhooks/${made.id}`);
      return now.enabled === false ? now : undefined;
    });
    expect(disabled.etag).toBeGreaterThan(made.etag);
    const there = await hook(client, receiver.url("/chats"), ["chat.message"]);
    await client.must("POST", "/api/v1/chat", { message: "hello", agent: "keys" });
    await receiver.until("the one that is there", () => receiver.at("/chats").length > 0);
    expect(receiver.at("/gone")).toHaveLength(1);
    await client.delete(`/api/v1/webhooks/${there.id}`);

    // Somebody has repaired the receiver: what was given up can be posted again.
    await client.must("PATCH", `/api/v1/webhooks/${made.id}`, { enabled: true, url: receiver.url("/repaired") });
    await client.must("POST", `/api/v1/deliveries/${dead.id}/redeliver`);
    await settled(client, made.id, "delivered");
    expect(receiver.at("/repaired")[0]!.json).toEqual(dead.body);
  });

  test("a redirect is not followed", async () => {
    const made = await hook(client, receiver.url("/moved"), ["slot.filled"]);
    await client.must("POST", `/api/v1/webhooks/${made.id}/test`);
    const failed = await failedOnce(client, made.id);
    expect(failed).toMatchObject({ status: "pending", lastStatus: 302 });
    expect(failed.lastError).toContain("redirects");
    expect(receiver.at("/elsewhere")).toEqual([]);
  });

  test("the secret is told once; a new one signs from then on", async () => {
    const made = await hook(client, receiver.url("/rotated"), ["escalation"]);
    const seen = [
      (await client.get(`/api/v1/webhooks/${made.id}`)).text,
      (await client.get("/api/v1/webhooks")).text,
      (await client.get("/api/v1/audit-log?limit=200")).text,
    ].join("\n");
    expect(seen).not.toContain(made.secret);
    const rotated = await client.must("POST", `/api/v1/webhooks/${made.id}/secret`);
    expect(rotated.secret).not.toBe(made.secret);
    await client.must("POST", `/api/v1/webhooks/${made.id}/test`);
    await settled(client, made.id, "delivered");
    const posted = receiver.at("/rotated")[0]!;
    expect(signatureIsGood(posted, rotated.secret)).toBe(true);
    expect(signatureIsGood(posted, made.secret)).toBe(false);
  });

  test("one that is disabled or deleted gets nothing", async () => {
    const disabled = await hook(client, receiver.url("/disabled"), ["call.ended"]);
    await client.must("PATCH", `/api/v1/webhooks/${disabled.id}`, { enabled: false });
    const deleted = await hook(client, receiver.url("/deleted"), ["call.ended"]);
    expect((await client.delete(`/api/v1/webhooks/${deleted.id}`)).status).toBe(204);
    const other = await hook(client, receiver.url("/there"), ["call.ended"]);
    const call = await callOf(client, await shortCall(server));
    await receiver.until("the one that is there", () => receiver.at("/there").some((one) => one.json.callId === call.id));
    expect(receiver.at("/disabled")).toEqual([]);
    expect(receiver.at("/deleted")).toEqual([]);
    await client.delete(`/api/v1/webhooks/${other.id}`);
  });

  test("a receiver that is slow keeps no other waiting", async () => {
    const slow = await Receiver.start();
    slow.answer = () => "hang";
    const stuck = await hook(client, slow.url(), ["call.started", "call.ended"]);
    const quick = await hook(client, receiver.url("/quick"), ["call.ended"]);
    const calls = await Promise.all(Array.from({ length: 10 }, async () => callOf(client, await shortCall(server))));
    await receiver.until("all ends", () =>
      calls.every((call) => receiver.at("/quick").some((one) => one.json.callId === call.id)),
    );
    expect((await deliveries(client, stuck.id)).some((one) => one.status === "delivered")).toBe(false);
    // At most two at once.
    expect(slow.posted.length).toBeLessThanOrEqual(2);
    await client.delete(`/api/v1/webhooks/${stuck.id}`);
    await client.delete(`/api/v1/webhooks/${quick.id}`);
    slow.stop();
  });
});

describe("addresses", () => {
  test("of private networks are refused when nobody has allowed them", async () => {
    const server = await Server.start();
    const receiver = await Receiver.start();
    try {
      const client = api(server);
      const urls = [
        receiver.url(),
        `http://[::1]:${receiver.port}/`,
        `http://[::ffff:127.0.0.1]:${receiver.port}/`,
        `http://2130706433:${receiver.port}/`,
        `http://0x7f.1:${receiver.port}/`,
        `http://localhost:${receiver.port}/`,
        "http://10.0.0.8/hook",
        "http://192.168.1.1/hook",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "not a url",
      ];
      for (const url of urls) {
        const answer = await client.post("/api/v1/webhooks", { url, events: ["*"] });
        expect(answer.status, url).toBe(400);
        expect(answer.json.errors[0].pointer, url).toBe("/body/url");
      }
      const fine = await client.must("POST", "/api/v1/webhooks", { url: "https://crm.example.com/hook", events: ["*"] });
      expect((await client.patch(`/api/v1/webhooks/${fine.id}`, { url: receiver.url() })).status).toBe(400);
      await client.delete(`/api/v1/webhooks/${fine.id}`);

      // A name may point anywhere by the time it is posted to: it is looked at then. Every machine's own name is private.
      const { address } = await lookup(hostname());
      expect(address).toMatch(/^(127|10|172|192)\.|^(::1$|f[cde])/);
      const named = await client.must("POST", "/api/v1/webhooks", {
        url: `http://${hostname()}:${receiver.port}/hook`,
        events: ["*"],
      });
      await client.must("POST", `/api/v1/webhooks/${named.id}/test`);
      const failed = await failedOnce(client, named.id);
      expect(failed.lastStatus ?? 0).toBe(0);
      expect(failed.lastError).toContain("outbound.allow");
      expect(receiver.posted).toEqual([]);
    } finally {
      receiver.stop();
      await server.stop();
    }
  });
});

describe("crashes", () => {
  test("what was under way when the server was killed arrives after the restart", async () => {
    const receiver = await Receiver.start();
    const server = await Server.start({ env: allowed });
    try {
      const client = api(server);
      receiver.answer = () => "hang";
      const made = await hook(client, receiver.url(), ["call.ended"]);
      const call = await callOf(client, await heardCall(server));
      await receiver.until("the first try", (posted) => posted.length === 1);
      await server.kill();

      receiver.answer = () => 200;
      await server.restart();
      const waiting = (await deliveries(client, made.id))[0]!;
      expect(waiting).toMatchObject({ eventType: "call.ended", status: "pending" });
      // Its lease would bring it back by itself; nobody has to wait for that here.
      await client.must("POST", `/api/v1/deliveries/${waiting.id}/redeliver`);
      await settled(client, made.id, "delivered");
      expect(receiver.posted.map((one) => one.json.callId)).toEqual([call.id, call.id]);
      expect(new Set(receiver.posted.map((one) => one.json.id)).size).toBe(1);
      for (const one of receiver.posted) expect(signatureIsGood(one, made.secret)).toBe(true);
    } finally {
      receiver.stop();
      await server.stop();
    }
  });

  test("a call that the crash ended is told of as interrupted, with its recording", async () => {
    const receiver = await Receiver.start();
    const server = await Server.start({ env: allowed });
    try {
      const client = api(server);
      const made = await hook(client, receiver.url(), ["call.started", "call.ended", "recording.ready"]);
      const caller = await dial(server);
      await caller.agentFinished();
      await receiver.until("the start", (posted) => posted.length === 1);
      await server.kill();
      caller.closeSocket();
      await server.restart();
      await receiver.until("the end and the recording", (posted) => posted.length >= 3);
      expect(receiver.posted.map((one) => one.json.type).sort()).toEqual(["call.ended", "call.started", "recording.ready"]);
      const ended = receiver.posted.find((one) => one.json.type === "call.ended")!;
      expect(ended.json).toMatchObject({ callId: receiver.posted[0]!.json.callId, data: { status: "interrupted" } });
      expect(signatureIsGood(ended, made.secret)).toBe(true);
      const call = await client.must("GET", `/api/v1/calls/${ended.json.callId}`);
      expect(call).toMatchObject({ status: "interrupted", recording: { complete: true } });
      expect((await client.raw("GET", call.recording.url)).status).toBe(200);

      // Told once, also when the server is started again.
      await server.shutDown();
      await server.restart();
      await client.must("POST", `/api/v1/webhooks/${made.id}/test`);
      await receiver.until("the test", (posted) => posted.some((one) => one.json.type === "webhook.test"));
      expect(receiver.posted.filter((one) => one.json.type === "call.ended")).toHaveLength(1);
    } finally {
      receiver.stop();
      await server.stop();
    }
  });
});
