// What a workspace sets and what comes of it: keys of vendors, prices and costs, what is not kept; and that none of its
// secrets lies about.
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Api, type Json, api, becomeOwner, password } from "./support/api.js";
import { callOf, dial, greeter, heardCall, importNumber, keypad, publish, shortCall } from "./support/flows.js";
import { Receiver } from "./support/receiver.js";
import { type ServerOptions, Server } from "./support/server.js";

const allowed = { PARLEY_OUTBOUND_ALLOW: "127.0.0.1/32" };

// A chat model that answers at once and says what it has used.
class Model {
  readonly keys: string[] = [];
  private constructor(private readonly http: HttpServer) {}
  static async start(): Promise<Model> {
    const http = createServer();
    const model = new Model(http);
    http.on("request", (request, response) => {
      request.resume().on("end", () => {
        model.keys.push(String(request.headers.authorization));
        const line = (json: unknown) => response.write(`data: ${JSON.stringify(json)}\n\n`);
        response.writeHead(200, { "content-type": "text/event-stream" });
        line({ id: "c", choices: [{ index: 0, delta: { content: "Certainly." } }] });
        line({ id: "c", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
        line({ id: "c", choices: [], usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 } });
        response.end("data: [DONE]\n\n");
      });
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    return model;
  }
  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}/v1`;
  }
  stop(): void {
    this.http.closeAllConnections();
    this.http.close();
  }
}

const modelled = (name: string) =>
  `name: ${name}\nfirst_message: Yes?\nprompt: You agree.\nstt: {provider: none}\nllm: {provider: openai, model: gpt-5.4-mini}\ntts: {provider: instant}\ndtmf: {finish_on: ""}\n`;

async function withServer(options: ServerOptions, what: (server: Server, client: Api) => Promise<void>): Promise<void> {
  const server = await Server.start(options);
  try {
    await what(server, api(server));
  } finally {
    await server.stop();
  }
}

// A question by key, answered by the model.
async function ask(server: Server, client: Api, path: string): Promise<Json> {
  const caller = await dial(server, path);
  await caller.agentFinished();
  const before = caller.received.length;
  caller.dtmf("5");
  await caller.agentSpeaks(before);
  await caller.agentFinished();
  await caller.hangUp();
  return callOf(client, caller);
}

describe.concurrent("vendors' keys", () => {
  test("go in, are never told, and are used by the next call and chat", async () => {
    const model = await Model.start();
    await withServer({ env: allowed }, async (server, client) => {
      const put = (key: string) => client.must("PUT", "/api/v1/provider-keys/openai", { key, url: model.url });
      expect((await client.must("GET", "/api/v1/provider-keys")).items).toEqual([]);
      const ready = async () =>
        (await client.must("GET", "/api/v1/providers")).items.find((one: Json) => one.name === "openai").ready;
      expect(await ready()).toBe(false);

      const answer = await put("sk-first-key-1111");
      expect(answer).toMatchObject({ provider: "openai", hint: "…1111", source: "workspace", url: model.url });
      expect(await ready()).toBe(true);
      await publish(client, modelled("asked"));
      const number = await importNumber(client, "+919600000001", "asked");
      const call = await ask(server, client, `/api/telephony/ws/${number.id}`);
      expect(call.turns.at(-1).agentText).toBe("Certainly.");
      expect(new Set(model.keys)).toEqual(new Set(["Bearer sk-first-key-1111"]));

      await put("sk-second-key-2222");
      model.keys.length = 0;
      await client.must("POST", "/api/v1/chat", { message: "hello", agent: "asked" });
      expect(model.keys).toEqual(["Bearer sk-second-key-2222"]);

      // Kept over a restart, still sealed.
      await server.kill();
      await server.restart();
      model.keys.length = 0;
      await client.must("POST", "/api/v1/chat", { message: "hello", agent: "asked" });
      expect(model.keys).toEqual(["Bearer sk-second-key-2222"]);
      const seen = [
        (await client.get("/api/v1/provider-keys")).text,
        (await client.get("/api/v1/audit-log?limit=200")).text,
        (await client.get("/api/v1/agents/asked")).text,
        (await client.get("/api/v1/system")).text,
      ].join("\n");
      expect(seen).not.toMatch(/sk-(first|second)-key/);

      expect((await client.delete("/api/v1/provider-keys/openai")).status).toBe(204);
      expect(await ready()).toBe(false);
      expect((await client.put("/api/v1/provider-keys/pigeon", { key: "x" })).status).toBeGreaterThanOrEqual(400);
    });
    model.stop();
  });

  test("an address of a private network is refused when nobody has allowed it", async () => {
    await withServer({}, async (_server, client) => {
      const answer = await client.put("/api/v1/provider-keys/openai", { key: "sk-x", url: "http://127.0.0.1:1/v1" });
      expect(answer.status).toBe(400);
      expect((await client.must("GET", "/api/v1/provider-keys")).items).toEqual([]);
    });
  });
});

describe.concurrent("prices and usage", () => {
  test("another table changes what the next call costs; the sums are those of the calls", async () => {
    const model = await Model.start();
    const env = { ...allowed, OPENAI_API_KEY: "sk-of-the-server", OPENAI_BASE_URL: model.url };
    await withServer({ env }, async (server, client) => {
      await publish(client, modelled("asked"));
      await publish(client, greeter("free"));
      const number = await importNumber(client, "+919600000002", "asked");
      const path = `/api/telephony/ws/${number.id}`;
      const price = (inputTokens: number) => ({
        yaml: `prices:\n  - {vendor: openai, model: gpt-5.4-mini, part: llm, currency: USD, as_of: 2026-01-01, input_tokens: ${inputTokens}, output_tokens: 0}\n`,
      });
      const amount = (call: Json) => call.cost.totals.find((one: Json) => one.currency === "USD")?.amount ?? 0;

      const bundled = await client.must("GET", "/api/v1/prices");
      expect(bundled.source).toBe("bundled");
      const first = await ask(server, client, path);
      const saved = await client.must("PUT", "/api/v1/prices", price(1000));
      expect(saved).toMatchObject({ source: "saved", ...price(1000) });
      const second = await ask(server, client, path);
      // A thousand tokens at a thousand dollars the million.
      const llm = second.usage.filter((one: Json) => one.part === "llm");
      expect(llm.map((one: Json) => one.inputTokens)).toEqual([1000]);
      expect(amount(second)).toBeCloseTo(1, 6);
      expect(amount(first)).toBeGreaterThan(0);
      expect(amount(first)).toBeLessThan(0.1);

      const wrong = await client.put("/api/v1/prices", { yaml: "prices:\n  - {vendor: openai}\n" });
      expect(wrong.status).toBe(400);
      expect((await client.must("GET", "/api/v1/prices")).yaml).toBe(price(1000).yaml);
      // What a call has cost does not change afterwards.
      expect((await client.must("GET", `/api/v1/calls/${second.id}`)).cost).toEqual(second.cost);

      const reset = await client.must("DELETE", "/api/v1/prices");
      expect(reset).toMatchObject({ source: "bundled", yaml: bundled.yaml });
      const third = await ask(server, client, path);
      expect(amount(third)).toBeCloseTo(amount(first), 9);
      const free = await callOf(client, await shortCall(server, "/media", { customParameters: { agent: "free" } }));

      const calls = [first, second, third, free];
      const total = calls.reduce((sum, call) => sum + amount(call), 0);
      const seconds = calls.reduce((sum, call) => sum + call.durationMs / 1000, 0);
      const usage = async (group: string) => (await client.must("GET", `/api/v1/usage?group=${group}`)).items as Json[];
      for (const group of ["day", "agent", "number"]) {
        const items = await usage(group);
        const cost = items.flatMap((one) => one.costs).filter((one) => one.currency === "USD");
        expect(cost.reduce((sum, one) => sum + one.amount, 0), group).toBeCloseTo(total, 4);
        expect(items.reduce((sum, one) => sum + one.calls, 0), group).toBe(4);
        // Each call is counted in whole seconds.
        expect(Math.abs(items.reduce((sum, one) => sum + one.minutes, 0) * 60 - seconds), group).toBeLessThanOrEqual(4);
      }
      const agents = await usage("agent");
      expect(agents.map((one) => [one.group, one.calls]).sort()).toEqual([["asked", 3], ["free", 1]]);
      expect(agents.find((one) => one.group === "free")!.costs).toEqual([]);
      expect((await usage("vendor")).map((one) => one.group)).toContain("openai gpt-5.4-mini");
      const none = await client.must("GET", "/api/v1/usage?since=2020-01-01T00:00:00Z&before=2020-01-02T00:00:00Z");
      expect(none.items).toEqual([]);
    });
    model.stop();
  });
});

describe.concurrent("redaction", () => {
  test("what is taken out stands nowhere: not in chats, calls, webhooks, nor the file", async () => {
    const receiver = await Receiver.start();
    await withServer({ env: allowed }, async (server, client) => {
      await client.must("PUT", "/api/v1/settings", {
        redaction: { cardNumbers: true, emails: true, phoneNumbers: true, aadhaar: true, pan: true },
      });
      await client.must("POST", "/api/v1/webhooks", { url: receiver.url(), events: ["*"] });
      await publish(client, keypad("desk"));
      await publish(client, greeter("writes", "Write to asha.rao@example.com or call 98765 43210."));
      const secrets = ["4111 1111 1111 1111", "ravi@example.org", "ABCPE1234F", "asha.rao@example.com", "98765 43210"];

      const { sessionId } = await client.must("POST", "/api/v1/chat", {
        agent: "desk",
        message: `My card is ${secrets[0]}, I am ${secrets[1]} and my PAN is ${secrets[2]}.`,
      });
      const session = await client.get(`/api/v1/sessions/${sessionId}`);
      expect(session.json.messages.find((one: Json) => one.role === "user").text).toBe(
        "My card is [card number], I am [e-mail address] and my PAN is [PAN].",
      );
      const call = await callOf(client, await heardCall(server, "/media", { customParameters: { agent: "writes" } }));
      expect(call.turns[0].agentText).toBe("Write to [e-mail address] or call [phone number].");
      const transcript = await client.get(`/api/v1/calls/${call.id}/transcript`);
      await receiver.until("both told of", (posted) =>
        ["chat.message", "turn.completed"].every((type) => posted.some((one) => one.json.type === type)),
      );
      const seen = [session.text, transcript.text, JSON.stringify(call), ...receiver.posted.map((one) => one.body)].join("\n");
      for (const secret of secrets) expect(seen).not.toContain(secret);
      // The caller's number is what the call log is about: it stays.
      expect(call.from).toBe("09876543210");

      expect((await client.must("GET", "/api/v1/calls?text=asha")).items).toEqual([]);
      await server.shutDown();
      const file = readFileSync(join(server.dataDir, "parley.db"), "latin1");
      for (const secret of [secrets[0]!, secrets[1]!]) expect(file).not.toContain(secret);
    });
    receiver.stop();
  });

  test("without the setting everything is kept as it was said; settings are replaced as a whole", async () => {
    await withServer({}, async (_server, client) => {
      await publish(client, keypad("desk"));
      const defaults = await client.must("GET", "/api/v1/settings");
      expect(defaults).toMatchObject({
        retention: { recordingsDays: 0, callsDays: 0 },
        chats: { minMessages: 3 },
        redaction: { cardNumbers: false, emails: false },
      });
      const chat = await client.must("POST", "/api/v1/chat", { agent: "desk", message: "I am ravi@example.org" });
      const session = await client.must("GET", `/api/v1/sessions/${chat.sessionId}`);
      expect(session.messages.find((one: Json) => one.role === "user").text).toBe("I am ravi@example.org");

      const put = (json: Json, etag?: number) =>
        client.put("/api/v1/settings", json, etag === undefined ? {} : { headers: { "if-match": `"${etag}"` } });
      const one = await put({ retention: { recordingsDays: 90 }, redaction: { emails: true } });
      expect(one.json).toMatchObject({ retention: { recordingsDays: 90, callsDays: 0 }, redaction: { emails: true, aadhaar: false } });
      expect((await put({}, one.json.etag - 1)).status).toBe(412);
      expect((await put({ retention: { recordingsDays: -1 } })).status).toBe(400);
      expect((await put({ retention: { forever: true } })).status).toBe(400);
      expect((await client.must("GET", "/api/v1/settings")).retention.recordingsDays).toBe(90);
      expect((await put({}, one.json.etag)).json.retention.recordingsDays).toBe(0);
    });
  });
});

describe.concurrent("secrets at rest", () => {
  test("none of them lies in the database, the logs or anywhere in the data directory", async () => {
    const receiver = await Receiver.start();
    await withServer({ env: allowed, args: ["--log-level", "debug"] }, async (server) => {
      const owner = await becomeOwner(server);
      const ownerToken = server.ownerToken;
      const number = await owner.must("POST", "/api/phone-numbers", {
        phoneNumber: "+919600000009",
        exotelConfig: { apiKey: "carrier-key-5b1d", apiToken: "carrier-token-77ae", sid: "acme1" },
      });
      await owner.must("PUT", "/api/v1/provider-keys/openai", { key: "sk-provider-key-c0ffee" });
      const hook = await owner.must("POST", "/api/v1/webhooks", { url: receiver.url(), events: ["*"] });
      const { key } = await owner.must("POST", "/api/v1/api-keys", { name: "CRM", scopes: ["*:admin"] });
      const keyed = owner.as({ key });
      expect((await keyed.must("GET", "/api/v1/me")).kind).toBe("api_key");
      const rotated = await keyed.must("POST", `/api/v1/webhooks/${hook.id}/secret`);
      const login = await owner.as({}).post("/api/v1/login", { email: "owner@example.com", password: "wrong-password-1" });
      expect(login.status).toBe(401);
      await shortCall(server, `/api/telephony/ws/${number.phoneNumber.id}`);
      await receiver.until("a webhook posted", (posted) => posted.length > 0);

      const secrets: Record<string, string> = {
        "the carrier's key": "carrier-key-5b1d",
        "the carrier's token": "carrier-token-77ae",
        "a vendor's key": "sk-provider-key-c0ffee",
        "a webhook's secret": rotated.secret,
        "a webhook's first secret": hook.secret,
        "an API key": key,
        "a password": password,
        "a wrong password": "wrong-password-1",
        "a session's cookie": owner.credentials.cookie!,
        "the owner's link": ownerToken,
      };
      const look = () => {
        for (const name of readdirSync(server.dataDir, { recursive: true }).map(String)) {
          const path = join(server.dataDir, name);
          if (!statSync(path).isFile()) continue;
          const bytes = readFileSync(path);
          for (const [what, secret] of Object.entries(secrets)) expect(bytes.includes(secret), `${what} in ${name}`).toBe(false);
        }
      };
      look();
      await server.shutDown();
      look();
      for (const [what, secret] of Object.entries(secrets)) expect(server.stderr.includes(secret), `${what} in the log`).toBe(false);

      const mode = (name: string) => statSync(join(server.dataDir, name)).mode & 0o777;
      expect(mode("secret.key")).toBe(0o600);
      expect(mode("parley.db")).toBe(0o600);
      // Whoever gets the file without the key has nothing.
      expect(readFileSync(join(server.dataDir, "secret.key")).length).toBeGreaterThanOrEqual(32);
    });
    receiver.stop();
  });

  test("with another key nothing opens, and the server says why", async () => {
    await withServer({}, async (server, client) => {
      await client.must("PUT", "/api/v1/provider-keys/openai", { key: "sk-provider-key-c0ffee" });
      await server.shutDown();
      rmSync(join(server.dataDir, "secret.key"));
      await server.restart();
      expect(server.stderr).toContain("was sealed with another key");
      expect(server.stderr).not.toContain("sk-provider-key");
      // Set again it works.
      const again = await client.must("PUT", "/api/v1/provider-keys/openai", { key: "sk-provider-key-2222" });
      expect(again.hint).toBe("…2222");
    });
  });
});
