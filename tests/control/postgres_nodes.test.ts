// Two servers on one PostgreSQL: one log, one set of agents and numbers; and what is not kept. scripts/with_postgres names
// the database server in TEST_POSTGRES_URL.
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type Json, api } from "./support/api.js";
import { callOf, dial, greeter, greetingAt, heardCall, importNumber, keypad, publish, shortCall } from "./support/flows.js";
import { Receiver } from "./support/receiver.js";
import { Server, eventually } from "./support/server.js";

const run = promisify(execFile);

class Database {
  private constructor(
    readonly url: string,
    private readonly admin: string,
    private readonly name: string,
  ) {}

  static async make(): Promise<Database> {
    const admin = process.env["TEST_POSTGRES_URL"];
    if (admin === undefined) throw new Error("TEST_POSTGRES_URL is not set: run under scripts/with_postgres");
    const name = `nodes_${process.pid}_${Date.now()}_${Math.floor(Math.random() * 1e6)}`;
    await run("psql", ["-q", admin, "-c", `CREATE DATABASE ${name}`]);
    const url = new URL(admin);
    url.pathname = `/${name}`;
    return new Database(url.toString(), admin, name);
  }
  async sql(text: string): Promise<string> {
    return (await run("psql", ["-qAt", this.url, "-c", text])).stdout.trim();
  }
  async drop(): Promise<void> {
    await run("psql", ["-q", this.admin, "-c", `DROP DATABASE ${this.name} WITH (FORCE)`]);
  }
}

const secretKey = "0123456789abcdef".repeat(4);

describe("two nodes", () => {
  let database: Database;
  let nodes: [Server, Server];
  let clients: [Api, Api];
  beforeAll(async () => {
    database = await Database.make();
    const start = (node: string) =>
      Server.start({
        env: {
          DATABASE_URL: database.url,
          PARLEY_NODE: node,
          PARLEY_SECRET_KEY: secretKey,
          PARLEY_OUTBOUND_ALLOW: "127.0.0.1/32",
        },
      });
    // The first one makes the tables; then both at once are fine as well.
    nodes = [await start("one"), await start("two")];
    clients = [api(nodes[0]), api(nodes[1])];
  });
  afterAll(async () => {
    for (const node of nodes ?? []) await node.stop();
    await database?.drop();
  });

  test("each shows the calls of both", async () => {
    expect((await clients[0].must("GET", "/api/v1/system")).database).toBe("postgres");
    const mine = await heardCall(nodes[0], "/media", { from: "+919700000001" });
    const other = await heardCall(nodes[1], "/media", { from: "+919700000002" });
    const seen = await Promise.all(clients.map((client) => Promise.all([mine, other].map((caller) => callOf(client, caller)))));
    expect(seen[0]).toEqual(seen[1]);
    for (const client of clients) {
      expect((await client.must("GET", "/api/v1/calls?text=bench")).items).toHaveLength(2);
      const usage = (await client.must("GET", "/api/v1/usage?group=agent")).items;
      expect(usage.find((one: Json) => one.group === "bench").calls).toBe(2);
    }
    // The sound lies where the call was: the other node says so.
    const [first] = seen[0]!;
    expect((await clients[0].raw("GET", first.recording.url)).status).toBe(200);
    expect((await clients[1].get(first.recording.url)).status).toBe(404);
  });

  test("what is published or linked on one is answered by both, a moment later", async () => {
    const agent = await publish(clients[0], greeter("shared", "First words."));
    const number = await importNumber(clients[0], "+919700000010", "shared");
    const address = `/api/telephony/ws/${number.id}`;
    const heard = (words: string) =>
      eventually(`${words} on the other node`, async () =>
        (await greetingAt(clients[1], nodes[1], address).catch(() => "")) === words, 15_000);
    await heard("First words.");
    await clients[1].must("PUT", `/api/v1/agents/${agent.id}`, { yaml: greeter("shared", "Second words.") });
    await clients[1].must("POST", `/api/v1/agents/${agent.id}/publish`, {});
    await heard("Second words.");
    expect(await eventually("the first node too", async () => (await greetingAt(clients[0], nodes[0], address)) === "Second words.", 15_000)).toBe(true);
  });

  test("a call in progress is ended only where it is", async () => {
    const caller = await dial(nodes[0]);
    await caller.agentSpeaks();
    const call = await callOf(clients[1], caller, () => true);
    expect(call.status).toBe("in_progress");
    const elsewhere = await clients[1].post(`/api/v1/calls/${call.id}/hang-up`, {});
    expect(elsewhere.status).toBe(409);
    expect(elsewhere.json.detail).toContain("another node");
    expect(caller.isClosed).toBe(false);
    expect((await clients[0].post(`/api/v1/calls/${call.id}/hang-up`, {})).status).toBe(202);
    await caller.closed();
  });

  test("a node that dies closes its own calls when it comes back, and nobody else's", async () => {
    const lost = await dial(nodes[0]);
    const kept = await dial(nodes[1]);
    await Promise.all([lost.agentSpeaks(), kept.agentSpeaks()]);
    await callOf(clients[1], lost, () => true);
    await callOf(clients[1], kept, () => true);
    await nodes[0].kill();
    lost.closeSocket();
    await nodes[0].restart();
    expect((await callOf(clients[1], lost)).status).toBe("interrupted");
    expect((await callOf(clients[0], kept, () => true)).status).toBe("in_progress");
    await kept.hangUp();
    expect((await callOf(clients[0], kept)).status).toBe("completed");
  });

  test("two who edit at once on two nodes: one is told", async () => {
    const made = await clients[0].must("POST", "/api/v1/agents", { yaml: greeter("edited") });
    const put = (client: Api, words: string) =>
      client.put(`/api/v1/agents/${made.id}`, { yaml: greeter("edited", words) }, { headers: { "if-match": `"${made.etag}"` } });
    const statuses = (await Promise.all([put(clients[0], "One."), put(clients[1], "Two.")])).map((one) => one.status);
    expect(statuses.sort()).toEqual([200, 412]);
  });

  test("an event is posted once, whichever node does it", async () => {
    const receiver = await Receiver.start();
    try {
      const hook = await clients[0].must("POST", "/api/v1/webhooks", { url: receiver.url(), events: ["call.ended"] });
      const delivered = async () =>
        (await clients[0].must("GET", `/api/v1/webhooks/${hook.id}/deliveries?limit=200`)).items.filter(
          (one: Json) => one.status === "delivered",
        ).length;
      // The other node may learn of a new webhook a moment later: its calls are not waited for until it has.
      await eventually("the other node posting", async () => {
        await callOf(clients[1], await shortCall(nodes[1]));
        return receiver.posted.length > 0;
      }, 15_000);
      for (let i = 0; i < 5; ++i) await Promise.all(nodes.map((node) => shortCall(node)));
      await eventually("ten more delivered", async () => (await delivered()) >= 11);
      expect(new Set(receiver.posted.map((one) => one.json.id)).size).toBe(receiver.posted.length);
    } finally {
      receiver.stop();
    }
  });
});

describe("what is not kept", () => {
  const day = 24 * 3600 * 1000;

  // The first sweep is a minute after the start.
  test("goes with the first sweep: short chats, old calls, old recordings", { timeout: 120_000 }, async () => {
    const database = await Database.make();
    const server = await Server.start({ env: { DATABASE_URL: database.url } });
    try {
      const client = api(server);
      await client.must("PUT", "/api/v1/settings", {
        retention: { callsDays: 30, recordingsDays: 7 },
        chats: { minMessages: 4 },
      });
      await publish(client, keypad("desk"));
      const say = (sessionId: string) => client.must("POST", "/api/v1/chat", { message: "hello", sessionId, agent: "desk" });
      await say("short");
      await say("long");
      await say("long");
      await say("recent");
      const [old, aging, young] = await Promise.all(
        ["+919700000031", "+919700000008", "+919700000001"].map(async (from) =>
          callOf(client, await heardCall(server, "/media", { from }), (call) => call.recording?.complete === true),
        ),
      );
      const file = async (id: string) => join(server.dataDir, await database.sql(`SELECT path FROM recordings WHERE call_id = '${id}'`));
      const files = { old: await file(old.id), aging: await file(aging.id), young: await file(young.id) };
      for (const path of Object.values(files)) expect(existsSync(path), path).toBe(true);

      await server.shutDown();
      const age = (id: string, days: number) =>
        database.sql(`UPDATE calls SET started_at = started_at - ${days * day} WHERE id = '${id}'`);
      await age(old.id, 31);
      await age(aging.id, 8);
      await database.sql(`UPDATE sessions SET updated_at = updated_at - ${3600 * 1000} WHERE id IN ('short', 'long')`);
      await server.restart();

      await eventually("the sweep", async () => (await client.get("/api/v1/sessions/short")).status === 404, 90_000);
      expect((await client.must("GET", "/api/v1/sessions/long")).status).toBe("ended");
      expect((await client.must("GET", "/api/v1/sessions/recent")).status).toBe("active");
      expect((await client.get(`/api/v1/calls/${old.id}`)).status).toBe(404);
      expect((await client.get(`/api/v1/calls/${old.id}/transcript`)).status).toBe(404);
      const kept = await client.must("GET", `/api/v1/calls/${aging.id}`);
      expect(kept.turns).toHaveLength(1);
      expect(kept.recording).toBeNull();
      expect((await client.get(`/api/v1/calls/${aging.id}/recording`)).status).toBe(404);
      expect((await client.raw("GET", `/api/v1/calls/${young.id}/recording`)).status).toBe(200);
      await eventually("the files gone", async () => !existsSync(files.old) && !existsSync(files.aging));
      expect(existsSync(files.young)).toBe(true);
      expect(readdirSync(join(server.dataDir, "recordings"), { recursive: true }).filter((one) => String(one).endsWith(".wav"))).toHaveLength(1);
    } finally {
      await server.stop();
      await database.drop();
    }
  });
});
