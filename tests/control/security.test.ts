// What an attacker, or two people at once, would try.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type Json, acceptInvite, api, becomeOwner, logIn, password } from "./support/api.js";
import WebSocket from "ws";
import { Server } from "./support/server.js";

const rounds = Array.from({ length: 30 }, (_, round) => round);

// Two changes of different parts at once, again and again: both must be there afterwards.
async function bothStay(client: Api, path: string, one: (round: number) => Json, other: (round: number) => Json) {
  for (const round of rounds) {
    const changes = [one(round), other(round)];
    const answers = await Promise.all(changes.map((change) => client.patch(path, change)));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    expect(await client.must("GET", path)).toMatchObject(Object.assign({}, ...changes));
  }
}

describe("two writers at once without If-Match", () => {
  let server: Server;
  let client: Api;
  beforeAll(async () => {
    server = await Server.start({ settings: { api: { requests_per_second: 100000 } } });
    client = api(server);
  });
  afterAll(() => server.stop());

  test("a number keeps what both changed", async () => {
    const { id } = await client.must("POST", "/api/v1/phone-numbers", { phoneNumber: "+919876543210" });
    await bothStay(
      client,
      `/api/v1/phone-numbers/${id}`,
      (round) => ({ displayName: `name ${round}` }),
      (round) => ({ status: round % 2 === 0 ? "inactive" : "active" }),
    );
  });

  test("an account keeps what both changed", async () => {
    const account = { name: "a", provider: "exotel", apiKey: "k", apiToken: "t", sid: "s" };
    const { id } = await client.must("POST", "/api/v1/telephony-configurations", account);
    await bothStay(
      client,
      `/api/v1/telephony-configurations/${id}`,
      (round) => ({ name: `name ${round}` }),
      (round) => ({ appId: `${round}` }),
    );
  });

  test("a webhook keeps what both changed", async () => {
    const input = { url: "https://example.com/hook", events: ["call.ended"] };
    const { id } = await client.must("POST", "/api/v1/webhooks", input);
    await bothStay(
      client,
      `/api/v1/webhooks/${id}`,
      (round) => ({ description: `text ${round}` }),
      (round) => ({ enabled: round % 2 === 1 }),
    );
  });

  test("a user keeps what both changed", async () => {
    const invited = await client.must("POST", "/api/v1/users", { email: "o@example.com", role: "owner" });
    const owner = await acceptInvite(server, invited.inviteUrl);
    const { user } = await owner.must("POST", "/api/v1/users", { email: "v@example.com", role: "viewer" });
    await bothStay(
      owner,
      `/api/v1/users/${user.id}`,
      (round) => ({ name: `name ${round}` }),
      (round) => ({ role: round % 2 === 0 ? "editor" : "viewer" }),
    );
  });
});

describe("rights and traces", () => {
  let server: Server;
  let owner: Api;
  beforeAll(async () => {
    server = await Server.start();
    owner = await becomeOwner(server);
  });
  afterAll(() => server.stop());

  test("a key for users alone makes nobody who may more than it", async () => {
    const made = await owner.must("POST", "/api/v1/api-keys", { name: "people", scopes: ["users:admin"] });
    const people = api(server, { key: made.key });
    const { user } = await owner.must("POST", "/api/v1/users", { email: "viewer@example.com", role: "viewer" });
    for (const role of ["owner", "editor", "viewer"]) {
      const invited = await people.post("/api/v1/users", { email: `${role}2@example.com`, role });
      expect(invited.status, role).toBe(403);
    }
    expect((await people.patch(`/api/v1/users/${user.id}`, { role: "owner" })).status).toBe(403);
    expect((await people.patch(`/api/v1/users/${user.id}`, { disabled: true })).status).toBe(200);
    expect((await owner.must("GET", "/api/v1/users")).items).toHaveLength(2);

    const all = await owner.must("POST", "/api/v1/api-keys", { name: "all", scopes: ["*:admin"] });
    const invited = await api(server, { key: all.key }).post("/api/v1/users", { email: "o2@example.com", role: "owner" });
    expect(invited.status).toBe(201);
  });

  test("a changed password is in the audit log, and its new session is kept nowhere", async () => {
    const passwords = { currentPassword: password, newPassword: "another good one" };
    const headers = { "idempotency-key": "change-1" };
    const changed = await owner.post("/api/v1/me/password", passwords, { headers });
    expect(changed.status).toBe(204);
    owner = await logIn(server, "owner@example.com", passwords.newPassword);
    const again = await owner.post("/api/v1/me/password", passwords, { headers });
    expect(again.status).toBe(409);
    expect(again.headers.get("set-cookie")).toBeNull();
    const log = await owner.must("GET", "/api/v1/audit-log");
    expect(log.items.filter((row: Json) => row.action === "changePassword")).toHaveLength(1);
  });

  test("a stream of events ends when its key is revoked", async () => {
    const made = await owner.must("POST", "/api/v1/api-keys", { name: "live", scopes: ["calls:read"] });
    const stream = await api(server, { key: made.key }).raw("GET", "/api/v1/events");
    const socket = new WebSocket(`${server.ws}/api/v1/events/socket`, { headers: { "x-api-key": made.key } });
    const closed = new Promise<number>((resolve) => socket.on("close", resolve));
    await new Promise((resolve) => socket.on("open", resolve));
    await owner.must("DELETE", `/api/v1/api-keys/${made.apiKey.id}`);
    // Both end by themselves: the body is read to its end.
    expect(await stream.text()).toMatch(/^: connected/);
    expect(await closed).toBe(1008);
  });

  test("removing a caller with a short number leaves what was told of others", async () => {
    const hook = await owner.must("POST", "/api/v1/webhooks", { url: "https://example.com/", events: ["*"] });
    await owner.must("POST", `/api/v1/webhooks/${hook.id}/test`);
    const told = async () => (await owner.must("GET", `/api/v1/webhooks/${hook.id}/deliveries`)).items;
    const [delivery] = await told();
    await owner.must("DELETE", `/api/v1/callers/${String(delivery.body.at).replace(/\D/g, "").slice(0, 4)}`);
    expect(await told()).toHaveLength(1);
  });

  test("an account's host and id that would change an address are refused", async () => {
    const account = { apiKey: "k", apiToken: "t", sid: "acme", domain: "api.in.exotel.com" };
    for (const wrong of [{ domain: "evil.example/x" }, { domain: "u@evil.example" }, { sid: "../x" }, { sid: "a?b" }]) {
      const answer = await owner.post("/api/phone-numbers", {
        phoneNumber: "+919876543299",
        exotelConfig: { ...account, ...wrong },
      });
      expect(answer.status, JSON.stringify(wrong)).toBe(400);
    }
  });
});
