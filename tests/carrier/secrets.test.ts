// Who may speak as a carrier: secrets in the address or as Basic, addresses behind trusted proxies, so and so many
// requests; and that nothing of it is ever printed.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type Json, api } from "../control/support/api.js";
import { agentConfig, unique, uniqueNumber } from "../control/support/workspace.js";
import { Server } from "../control/support/server.js";
import { type Fields, ask, callSid, callsOf, errorsOf, nationalNumber, streamOffer, unlimited } from "./support/asking.js";

const basic = (password: string, user = "exotel") => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});

const told = (to: string, more: Fields = {}): Fields => ({ CallSid: callSid(), From: nationalNumber(), To: to, ...more });

// Neither in what the server prints nor in what it answers about itself.
async function expectNowhere(server: Server, client: Api, secrets: string[]): Promise<void> {
  const answers = await Promise.all(
    ["/api/v1/calls?limit=200", "/api/v1/phone-numbers", "/api/v1/telephony-configurations", "/metrics", "/api/v1/settings", "/api/v1/status"].map((path) => client.get(path)),
  );
  for (const secret of secrets) {
    expect(server.stderr, `in the log: ${secret}`).not.toContain(secret);
    expect(server.stdout, `printed: ${secret}`).not.toContain(secret);
    for (const { text } of answers) expect(text.includes(secret), `in an answer: ${secret}`).toBe(false);
  }
}

describe("secrets", () => {
  const ofServer = "the-server-s-own_secret.1";
  const account = { EXOTEL_ACCOUNT_SID: "acme1", EXOTEL_API_KEY: "key-0123456789abcdef", EXOTEL_API_TOKEN: "token-0123456789abcdef", EXOTEL_BASE_URL: "http://127.0.0.1:9" };
  let server: Server;
  let client: Api;
  const agent = unique("desk");
  const [guarded, other, plain] = [uniqueNumber(), uniqueNumber(), uniqueNumber()];
  const ids: Record<string, string> = {};
  const own: Record<string, string> = {};
  const seen: string[] = [ofServer, account.EXOTEL_API_KEY, account.EXOTEL_API_TOKEN];

  beforeAll(async () => {
    server = await Server.start({ env: { ...unlimited, ...account, PARLEY_WEBHOOK_SECRET: ofServer } });
    client = api(server);
    await client.must("POST", "/api/v1/agents", { config: agentConfig(agent), publish: true });
    for (const phoneNumber of [guarded, other, plain])
      ids[phoneNumber] = (await client.must("POST", "/api/v1/phone-numbers", { phoneNumber, linkedAgentId: agent })).id;
    for (const number of [guarded, other]) {
      const made = await client.must("POST", `/api/v1/phone-numbers/${ids[number]}/secret`);
      own[number] = made.secret;
      seen.push(made.secret);
      // The addresses to copy into the carrier's portal have it in them.
      for (const name of ["webhookUrl", "dynamicEndpointUrl", "statusCallbackUrl", "passthruUrl", "connectUrl", "greetingUrl"])
        expect(made[name].endsWith(`/${made.secret}`), name).toBe(true);
    }
  });
  afterAll(async () => {
    await expectNowhere(server, client, seen);
    expect(errorsOf(server)).toEqual([]);
    await server.stop();
  });

  const status = async (path: string, fields: Fields, headers = {}) => (await ask(server, path, fields, "form", headers)).status;
  const webhook = (number: string, secret = "") => `/api/telephony/webhook/${ids[number]}${secret === "" ? "" : `/${secret}`}`;

  test("every address wants it, at the end of the path or as the password of Basic", async () => {
    const paths = [
      webhook(plain),
      `/api/v1/telephony/exotel/incoming/${ids[plain]}`,
      "/api/v1/webhooks/exotel/incoming",
      "/api/v1/telephony/exotel/endpoint",
      `/api/v1/telephony/exotel/endpoint/${ids[plain]}`,
      "/webhooks/exotel/call-status",
      "/api/v1/webhooks/exotel/status",
      "/api/v1/webhooks/exotel/passthru",
      "/api/v1/webhooks/exotel/switch",
      "/api/v1/webhooks/exotel/heartbeat",
    ];
    for (const path of paths) {
      const fields: Fields = told(plain, { Status: "ringing", status_type: "OK" });
      const without = await ask(server, path, fields);
      expect([without.status, without.headers.get("www-authenticate")], path).toEqual([401, 'Basic realm="parley"']);
      expect(await callsOf(client, fields.From!), path).toEqual([]);
      expect(await status(`${path}/${ofServer}`, fields), path).toBe(200);
      expect(await status(path, { ...told(plain), Status: "ringing", status_type: "OK" }, basic(ofServer)), path).toBe(200);
    }
    const greeting = `/api/v1/webhooks/exotel/greeting/${ids[plain]}`;
    expect((await ask(server, greeting, told(plain), "query")).status).toBe(401);
    expect((await ask(server, `${greeting}/${ofServer}`, told(plain), "query")).status).toBe(200);
  });

  test("one that is wrong is refused, and the answer does not say how", async () => {
    const wrong = [`${ofServer}x`, ofServer.slice(0, -1), ofServer.toUpperCase(), "%00", "%20", "x".repeat(5000), own[guarded]!];
    for (const secret of wrong) {
      const answer = await ask(server, webhook(plain, secret), told(plain));
      expect([403, 414, 431], secret.slice(0, 40)).toContain(answer.status);
      expect(answer.text).not.toContain(ofServer);
      expect(await status(webhook(plain), told(plain), basic(secret.slice(0, 1000))), secret.slice(0, 40)).toBe(403);
    }
    for (const authorization of ["Basic", "Basic ", "Basic !!!", "Basic Og==", `Bearer ${ofServer}`, `Basic ${"QUFB".repeat(4000)}`])
      expect([401, 403, 431], authorization.slice(0, 40)).toContain(await status(webhook(plain), told(plain), { authorization }));
  });

  test("a number with one of its own is opened by that alone", async () => {
    expect(await status(webhook(guarded), told(guarded))).toBe(401);
    expect(await status(webhook(guarded, own[guarded]), told(guarded))).toBe(200);
    expect(await status(webhook(guarded), told(guarded), basic(own[guarded]!))).toBe(200);
    expect(await status(webhook(guarded, ofServer), told(guarded))).toBe(403);
    expect(await status(webhook(guarded, own[other]), told(guarded))).toBe(403);
    // Where the id of a number or a secret may stand, either is told from the other.
    const endpoint = "/api/v1/telephony/exotel/endpoint";
    expect(await status(`${endpoint}/${own[guarded]}`, told(guarded))).toBe(200);
    expect(await status(`${endpoint}/${ids[guarded]}/${own[guarded]}`, told(guarded))).toBe(200);
    expect(await status(`${endpoint}/${ids[guarded]}`, told(guarded))).toBe(401);
    expect([401, 403]).toContain(await status(`${endpoint}/${own[other]}`, told(guarded)));
  });

  test("its status callbacks carry its own, or the server's in the addresses that we hand out", async () => {
    const path = "/api/v1/webhooks/exotel/status";
    const fields = () => ({ ...told(guarded), Status: "ringing" });
    expect(await status(path, fields())).toBe(401);
    expect(await status(`${path}/${own[other]}`, fields())).toBe(403);
    expect(await status(`${path}/${own[guarded]}`, fields())).toBe(200);
    expect(await status(`${path}/${ofServer}`, fields())).toBe(200);
  });

  test("nobody gets around it by naming another number, too", async () => {
    const path = `/api/v1/webhooks/exotel/incoming/${ofServer}`;
    for (const name of ["To", "to", "CallTo", "ToNumber", "Called", "PhoneNumber"]) {
      const fields = { CallSid: callSid(), From: nationalNumber(), To: plain, [name]: guarded };
      expect(await status(path, fields), name).toBe(403);
      expect(await status(`${path}?${name}=${encodeURIComponent(guarded)}`, told(plain)), `${name} in the query`).toBe(403);
    }
    for (const spelled of [guarded.replace("+91", "0"), guarded.slice(3), guarded.slice(1), ` ${guarded} `, guarded.replace(/(\d{5})$/, "-$1")])
      expect(await status(path, told(spelled)), spelled).toBe(403);
  });

  test("a new one takes the old one's place, and without one the server's is enough", async () => {
    const before = own[other]!;
    const { secret } = await client.must("POST", `/api/v1/phone-numbers/${ids[other]}/secret`);
    seen.push(secret);
    expect(await status(webhook(other, before), told(other))).toBe(403);
    expect(await status(webhook(other, secret), told(other))).toBe(200);
    await client.must("DELETE", `/api/v1/phone-numbers/${ids[other]}/secret`);
    expect(await status(webhook(other, secret), told(other))).toBe(403);
    expect(await status(webhook(other, ofServer), told(other))).toBe(200);
  });

  test("the address of a stream is as secret, and so are the numbers", async () => {
    const fields = told(plain);
    const { url } = streamOffer(await ask(server, webhook(plain, ofServer), fields));
    seen.push(new URL(url).pathname.split("/").at(-1)!);
    for (const number of [guarded, other, plain, fields.From!]) expect(server.stderr).not.toContain(number.slice(-10));
  });
});

describe("without a secret of the server", () => {
  test("only the number that has one wants it", async () => {
    const server = await Server.start({ env: unlimited });
    const client = api(server);
    const [guarded, open] = [uniqueNumber(), uniqueNumber()];
    const made: Json[] = [];
    for (const phoneNumber of [guarded, open]) made.push(await client.must("POST", "/api/v1/phone-numbers", { phoneNumber }));
    const { secret } = await client.must("POST", `/api/v1/phone-numbers/${made[0].id}/secret`);
    const path = "/webhooks/exotel/call-status";
    expect((await ask(server, path, { ...told(guarded), Status: "ringing" })).status).toBe(401);
    expect((await ask(server, `${path}/${secret}`, { ...told(guarded), Status: "ringing" })).status).toBe(200);
    expect((await ask(server, path, { ...told(open), Status: "ringing" })).status).toBe(200);
    await server.stop();
  });
});

describe.concurrent("addresses", () => {
  const carrier = { "x-forwarded-for": "203.0.113.7" };
  const heartbeat = (server: Server, headers: Record<string, string> = {}) =>
    ask(server, "/api/v1/webhooks/exotel/heartbeat", { status_type: "OK" }, "json", headers);

  test("only those that are allowed are heard, and a header changes nothing of where one is", async () => {
    const server = await Server.start({ env: { PARLEY_WEBHOOK_ALLOW: "203.0.113.0/24" } });
    expect((await heartbeat(server)).status).toBe(403);
    expect((await heartbeat(server, carrier)).status).toBe(403);
    expect((await heartbeat(server, { "x-real-ip": "203.0.113.7", forwarded: "for=203.0.113.7" })).status).toBe(403);
    // Nothing else is behind it.
    expect((await api(server).get("/healthz")).status).toBe(200);
    await server.stop();
  });

  test("behind a proxy that is trusted it is the one whom that saw", async () => {
    const server = await Server.start({
      env: { PARLEY_WEBHOOK_ALLOW: "203.0.113.0/24" },
      settings: { stream: { trusted_proxies: ["127.0.0.1"] } },
    });
    expect((await heartbeat(server, carrier)).status).toBe(200);
    expect((await heartbeat(server, { "x-forwarded-for": "203.0.113.7, 198.51.100.9" })).status).toBe(403);
    expect((await heartbeat(server, { "x-forwarded-for": "198.51.100.9, 203.0.113.7" })).status).toBe(200);
    expect((await heartbeat(server, { "x-forwarded-for": "203.0.113.7, nonsense" })).status).toBe(403);
    expect((await heartbeat(server)).status).toBe(403);
    await server.stop();
  });

  test("who asks too often is told when to come back, and others are not", async () => {
    const server = await Server.start({
      env: { PARLEY_WEBHOOK_REQUESTS_PER_SECOND: "1" },
      settings: { stream: { trusted_proxies: ["127.0.0.1"] } },
    });
    const answers = await Promise.all(Array.from({ length: 40 }, () => heartbeat(server, carrier)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(4);
    expect(refused.length).toBeGreaterThan(20);
    for (const { headers } of refused) expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await heartbeat(server, { "x-forwarded-for": "203.0.113.8" })).status).toBe(200);
    expect((await api(server).get("/metrics")).text).toMatch(/parley_carrier_requests_refused_total\{reason="rate"\} [1-9]/);
    await server.stop();
  });
});
