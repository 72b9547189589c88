// Two who change the same thing at the same time: one does, the other is told; and what is sent twice is done once.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, type Api, type Json, becomeOwner } from "./support/api.js";
import { startServer } from "./support/server.js";
import { agentConfig, unique, uniqueNumber } from "./support/workspace.js";

const server = await startServer();
let owner: Api;

beforeAll(async () => {
  owner = await becomeOwner(server);
});
afterAll(() => server.stop());

const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort();
const etagOf = (answer: Answer) => answer.headers.get("etag")!;
// Enough to meet on several threads.
const several = [1, 2, 3, 4, 5, 6];

interface Thing {
  path: string;
  method: string;
  change(i: number): Json;
  member(found: Json): unknown;
}

const things: Record<string, () => Promise<Thing>> = {
  async "an agent's draft"() {
    const name = unique("agent");
    const { id } = await owner.must("POST", "/api/v1/agents", { config: agentConfig(name) });
    return {
      path: `/api/v1/agents/${id}`,
      method: "PUT",
      change: (i) => ({ config: { ...agentConfig(name), first_message: `Hello ${i}.` } }),
      member: (found) => found.config.first_message,
    };
  },
  async "a number"() {
    const { id } = await owner.must("POST", "/api/v1/phone-numbers", { phoneNumber: uniqueNumber() });
    return {
      path: `/api/v1/phone-numbers/${id}`,
      method: "PATCH",
      change: (i) => ({ displayName: `Line ${i}` }),
      member: (found) => found.displayName,
    };
  },
  async "a carrier's account"() {
    const body = { name: unique("Main"), provider: "exotel", apiKey: "k", apiToken: "t", sid: "acme1" };
    const { id } = await owner.must("POST", "/api/v1/telephony-configurations", body);
    return {
      path: `/api/v1/telephony-configurations/${id}`,
      method: "PATCH",
      change: (i) => ({ name: `${body.name} ${i}` }),
      member: (found) => found.name,
    };
  },
  async "a webhook"() {
    const { id } = await owner.must("POST", "/api/v1/webhooks", { url: "https://crm.example.com/", events: ["*"] });
    return {
      path: `/api/v1/webhooks/${id}`,
      method: "PATCH",
      change: (i) => ({ description: `CRM ${i}` }),
      member: (found) => found.description,
    };
  },
  async "the settings"() {
    return {
      path: "/api/v1/settings",
      method: "PUT",
      change: (i) => ({ retention: { recordingsDays: i } }),
      member: (found) => found.retention.recordingsDays,
    };
  },
  async "the prices"() {
    const { yaml } = await owner.must("GET", "/api/v1/prices");
    return {
      path: "/api/v1/prices",
      method: "PUT",
      change: (i) => ({ yaml: `# ${i}\n${yaml}` }),
      member: (found) => Number(/^# (\d)/.exec(found.yaml)?.[1]),
    };
  },
  async "a user"() {
    const email = `${unique("user")}@example.com`;
    const { user } = await owner.must("POST", "/api/v1/users", { email, role: "viewer" });
    return {
      path: `/api/v1/users/${user.id}`,
      method: "PATCH",
      change: (i) => ({ name: `User ${i}` }),
      member: (found) => found.name,
    };
  },
};

describe("two writers with the same ETag", () => {
  test.each(Object.keys(things))("%s: one writes, the others are told", async (name) => {
    const { path, method, change, member } = await things[name]!();
    const before = await owner.get(path);
    const headers = { "if-match": etagOf(before) };
    const answers = await Promise.all(several.map((i) => owner.request(method, path, { json: change(i), headers })));
    expect(statuses(answers), answers.map(({ text }) => text).join("\n")).toEqual([200, ...Array(5).fill(412)]);
    const winner = answers.findIndex(({ status }) => status === 200);
    const after = await owner.get(path);
    expect(member(after.json)).toEqual(member(answers[winner]!.json));
    expect(etagOf(after)).toBe(etagOf(answers[winner]!));
    expect(etagOf(after)).not.toBe(etagOf(before));
    for (const { status, json } of answers) if (status === 412) expect(json.type).toMatch(/precondition-failed$/);
    // With what is there now the next one may.
    const next = await owner.request(method, path, { json: change(9), headers: { "if-match": etagOf(after) } });
    expect(next.status).toBe(200);
    const any = await owner.request(method, path, { json: change(8), headers: { "if-match": "*" } });
    expect(any.status).toBe(200);
  });

  test("an agent that is published by several at once has one more version", async () => {
    const name = unique("agent");
    const { id } = await owner.must("POST", "/api/v1/agents", { config: agentConfig(name) });
    const { etag } = await owner.must("GET", `/api/v1/agents/${id}`);
    const headers = { "if-match": `"${etag}"` };
    const answers = await Promise.all(several.map(() => owner.post(`/api/v1/agents/${id}/publish`, {}, { headers })));
    expect(statuses(answers)[0]).toBe(200);
    for (const status of statuses(answers).slice(1)) expect([409, 412]).toContain(status);
    expect((await owner.must("GET", `/api/v1/agents/${id}/versions`)).items.length).toBe(1);
  });

  test("what somebody else deletes meanwhile is gone for both", async () => {
    const { id } = await owner.must("POST", "/api/v1/phone-numbers", { phoneNumber: uniqueNumber() });
    const path = `/api/v1/phone-numbers/${id}`;
    const answers = await Promise.all([owner.delete(path), owner.delete(path), owner.delete(path)]);
    expect(statuses(answers)).toEqual([204, 404, 404]);
    expect((await owner.patch(path, { displayName: "late" })).status).toBe(404);
  });
});

describe("two who make the same", () => {
  const makes: Record<string, () => { path: string; body: Json; count: () => Promise<number> }> = {
    "an agent of one name"() {
      const name = unique("same");
      const count = async () =>
        (await owner.must("GET", "/api/v1/agents")).items.filter((one: Json) => one.name === name).length;
      return { path: "/api/v1/agents", body: { config: agentConfig(name), publish: true }, count };
    },
    "one number"() {
      const phoneNumber = uniqueNumber();
      const count = async () =>
        (await owner.must("GET", "/api/v1/phone-numbers")).items.filter((one: Json) => one.phoneNumber === phoneNumber)
          .length;
      return { path: "/api/v1/phone-numbers", body: { phoneNumber }, count };
    },
    "one number at the compatible address"() {
      const phoneNumber = uniqueNumber();
      const count = async () =>
        (await owner.must("GET", "/api/phone-numbers")).phoneNumbers.filter(
          (one: Json) => one.phoneNumber === phoneNumber,
        ).length;
      return { path: "/api/phone-numbers", body: { phoneNumber }, count };
    },
    "one user"() {
      const email = `${unique("same")}@example.com`;
      const count = async () =>
        (await owner.must("GET", "/api/v1/users")).items.filter((one: Json) => one.email === email).length;
      return { path: "/api/v1/users", body: { email, role: "viewer" }, count };
    },
    "two workspaces of one owner"() {
      const name = unique("Clinic");
      const count = async () =>
        (await owner.must("GET", "/api/v1/workspaces")).items.filter((one: Json) => one.name === name).length;
      return { path: "/api/v1/workspaces", body: { name, ownerEmail: `${unique("m")}@example.com` }, count };
    },
  };

  test.each(Object.keys(makes))("%s: one is made, the others are told", async (what) => {
    const { path, body, count } = makes[what]!();
    const answers = await Promise.all(several.map(() => owner.post(path, body)));
    expect(statuses(answers), answers.map(({ text }) => text).join("\n")).toEqual([201, ...Array(5).fill(409)]);
    expect(await count()).toBe(1);
    expect((await owner.post(path, body)).status).toBe(409);
  });

  test("an agent that is imported by several at once is one agent", async () => {
    const name = unique("imported");
    const body = `name: ${name}\nstt: {provider: instant}\nllm: {provider: instant}\ntts: {provider: instant}\n`;
    const headers = { "content-type": "text/yaml" };
    const answers = await Promise.all(
      several.map(() => owner.request("POST", "/api/v1/agents/import", { body, headers })),
    );
    for (const { status, text } of answers) expect([200, 409, 412], text).toContain(status);
    expect((await owner.must("GET", "/api/v1/agents")).items.filter((one: Json) => one.name === name).length).toBe(1);
  });

  test("several sessions of one id are one session", async () => {
    const agent = unique("agent");
    await owner.must("POST", "/api/v1/agents", { config: agentConfig(agent), publish: true });
    const sessionId = unique("session");
    const answers = await Promise.all(several.map(() => owner.post("/api/v1/sessions", { sessionId, agent })));
    expect(statuses(answers).at(-1)).toBe(201);
    for (const { json } of answers) expect(json).toEqual(answers[0]!.json);
    const { items } = await owner.must("GET", "/api/v1/sessions");
    expect(items.filter((one: Json) => one.id === sessionId).length).toBe(1);
  });
});

describe("an Idempotency-Key", () => {
  const make = (key: string, body: Json) =>
    owner.post("/api/v1/webhooks", body, { headers: { "idempotency-key": key } });
  const number = (key: string, body: Json) =>
    owner.post("/api/v1/phone-numbers", body, { headers: { "idempotency-key": key } });
  const count = async (description: string) =>
    (await owner.must("GET", "/api/v1/webhooks")).items.filter((one: Json) => one.description === description).length;

  test("makes the same request give the first one's answer", async () => {
    const key = unique("key");
    const body = { phoneNumber: uniqueNumber() };
    const first = await number(key, body);
    expect(first.status).toBe(201);
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    const again = await number(key, body);
    expect(again.status).toBe(201);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(again.json).toEqual(first.json);
    expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
  });

  test("with another body is a conflict", async () => {
    const key = unique("key");
    expect((await number(key, { phoneNumber: uniqueNumber() })).status).toBe(201);
    const phoneNumber = uniqueNumber();
    expect((await number(key, { phoneNumber })).status).toBe(409);
    const { items } = await owner.must("GET", "/api/v1/phone-numbers");
    expect(items.map((one: Json) => one.phoneNumber)).not.toContain(phoneNumber);
  });

  test("at another address is another key", async () => {
    const key = unique("key");
    expect((await number(key, { phoneNumber: uniqueNumber() })).status).toBe(201);
    const webhook = await make(key, { url: "https://crm.example.com/", events: ["*"] });
    expect([201, 409]).toContain(webhook.status);
    expect(webhook.headers.get("idempotency-replayed")).toBeNull();
  });

  test("sent by several at once does it once", async () => {
    const key = unique("key");
    const description = unique("CRM");
    const body = { url: "https://crm.example.com/", events: ["*"], description };
    const answers = await Promise.all(several.map(() => make(key, body)));
    expect(await count(description)).toBe(1);
    expect(answers.filter((one) => one.status === 201 && one.headers.get("idempotency-replayed") === null).length).toBe(
      1,
    );
    // A secret that is shown once is not shown again.
    expect(answers.filter(({ json }) => json?.secret !== undefined).length).toBe(1);
  });

  test("of a request that was refused may be used for the right one", async () => {
    const key = unique("key");
    expect((await number(key, { phoneNumber: "1" })).status).toBe(400);
    expect((await number(key, { phoneNumber: uniqueNumber() })).status).toBe(201);
  });

  test("is one person's own", async () => {
    const key = unique("key");
    const body = { phoneNumber: uniqueNumber() };
    const first = await number(key, body);
    const made = await owner.must("POST", "/api/v1/api-keys", { name: "CRM", scopes: ["numbers:write"] });
    const other = await owner
      .as({ key: made.key })
      .post("/api/v1/phone-numbers", body, { headers: { "idempotency-key": key } });
    expect(first.status).toBe(201);
    expect(other.status).toBe(409);
    expect(other.text).not.toContain(first.json.id);
  });

  test("is remembered over a restart", async () => {
    const key = unique("key");
    const body = { phoneNumber: uniqueNumber() };
    const first = await number(key, body);
    await server.restart();
    const again = await number(key, body);
    expect([again.status, again.json]).toEqual([201, first.json]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
  });
});
