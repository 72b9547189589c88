// What every answer says to browsers, who may use the API from other pages, and how often anybody may ask.
import { afterAll, describe, expect, test } from "vitest";
import { type Answer, acceptInvite, api, becomeOwner } from "./support/api.js";
import { rawRequest } from "./support/raw.js";
import { type ServerOptions, startServer } from "./support/server.js";

const started: { stop(): Promise<void> }[] = [];
async function start(options: ServerOptions = {}) {
  const server = await startServer(options);
  started.push(server);
  return server;
}
afterAll(async () => {
  await Promise.all(started.map((server) => server.stop()));
});

describe("CORS", async () => {
  const trusted = "https://app.example.com";
  const closed = await start();
  const some = await start({ settings: { api: { cors_origins: [trusted, "http://localhost:5173"] } } });
  const all = await start({ settings: { api: { cors_origins: ["*"] } } });
  const ask = (server: typeof some, origin: string, path = "/api/v1/health") =>
    rawRequest(server, { path, headers: { origin } });
  const preflight = (server: typeof some, origin: string, path = "/api/v1/agents") =>
    rawRequest(server, {
      method: "OPTIONS",
      path,
      headers: { origin, "access-control-request-method": "PUT", "access-control-request-headers": "content-type" },
    });
  const corsHeaders = (answer: Answer) =>
    [...answer.headers.keys()].filter((name) => name.startsWith("access-control-"));

  test("is off without a setting", async () => {
    expect(corsHeaders(await ask(closed, trusted))).toEqual([]);
    expect(corsHeaders(await preflight(closed, trusted))).toEqual([]);
  });

  test("is for the origins of the setting, with cookies", async () => {
    for (const origin of [trusted, "http://localhost:5173"]) {
      const answer = await ask(some, origin);
      expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
      expect(answer.headers.get("access-control-allow-credentials")).toBe("true");
      expect(answer.headers.get("access-control-expose-headers")).toMatch(/ETag/);
      expect(answer.headers.get("vary")).toMatch(/Origin/);
      const asked = await preflight(some, origin);
      expect(asked.status).toBe(204);
      expect(asked.headers.get("access-control-allow-origin")).toBe(origin);
      expect(asked.headers.get("access-control-allow-methods")).toMatch(/GET.*POST/);
      expect(asked.headers.get("access-control-allow-headers")).toMatch(/X-CSRF-Token/);
    }
  });

  test("is for no origin that only looks like one of them", async () => {
    for (const origin of [
      "http://app.example.com",
      "https://app.example.com.evil.example",
      "https://app.example.com:8443",
      "https://evil.example",
      "https://APP.example.com.",
      "null",
    ]) {
      const answer = await ask(some, origin);
      expect(corsHeaders(answer), origin).toEqual([]);
      expect(answer.headers.get("vary")).toMatch(/Origin/);
      expect(corsHeaders(await preflight(some, origin)), origin).toEqual([]);
    }
  });

  test("is on refusals, too: a page can read why", async () => {
    const answer = await ask(some, trusted, "/api/v1/nothing");
    expect(answer.status).toBe(404);
    expect(answer.headers.get("access-control-allow-origin")).toBe(trusted);
  });

  test("is for everybody by *, and then without cookies", async () => {
    const answer = await ask(all, "https://anybody.example");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });

  test("makes no page of elsewhere the local owner", async () => {
    for (const server of [closed, some, all]) {
      for (const origin of ["https://evil.example", trusted, "null"]) {
        const read = await ask(server, origin, "/api/v1/agents");
        expect(read.status, origin).toBe(401);
        const headers = { origin, "content-type": "application/json" };
        const write = await rawRequest(server, { method: "POST", path: "/api/v1/agents", headers, body: "{}" });
        expect(write.status, origin).toBe(401);
      }
    }
  });

  test("a page of elsewhere cannot use a user's cookie to change something", async () => {
    const server = await start();
    const owner = await becomeOwner(server);
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ name: "Clinic", ownerEmail: "meera@example.com" });
    const send = (origin: string) =>
      rawRequest(server, {
        method: "POST",
        path: "/api/v1/workspaces",
        headers: owner.headers({ ...headers, origin }),
        body,
      });
    for (const origin of ["https://evil.example", "null", `http://127.0.0.1:${server.port + 1}`])
      expect((await send(origin)).status, origin).toBe(403);
    expect((await send(server.url)).status).toBe(201);
    // Nor open a socket with it.
    const upgrade = (origin: string) =>
      rawRequest(server, {
        path: "/api/v1/events/socket",
        headers: owner.headers({
          origin,
          connection: "Upgrade",
          upgrade: "websocket",
          "sec-websocket-version": "13",
          "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        }),
      });
    expect((await upgrade("https://evil.example")).status).toBe(403);
  });
});

describe("headers", async () => {
  const server = await start();

  test.each([
    ["an answer", "GET", "/api/v1/agents"],
    ["a file", "GET", "/api/v1/openapi.json"],
    ["a refusal", "GET", "/api/v1/nothing"],
    ["a wrong method", "DELETE", "/api/v1/agents"],
    ["a preflight", "OPTIONS", "/api/v1/agents"],
    ["an address for machines", "GET", "/healthz"],
    ["metrics", "GET", "/metrics"],
    ["an address of nothing", "GET", "/nothing/at/all"],
    ["a compatible address", "GET", "/api/phone-numbers"],
  ])("%s carries what protects pages", async (_what, method, path) => {
    const { headers } = await rawRequest(server, { method, path });
    expect(headers.get("content-security-policy")).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
    expect(headers.get("content-security-policy")).not.toMatch(/script-src[^;]*unsafe|default-src[^;]*\*/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    // Only over TLS: a browser that was told on http would never come back.
    expect(headers.get("strict-transport-security")).toBeNull();
    expect(headers.get("server") ?? "").not.toMatch(/\d/);
    if (path.startsWith("/api/") && method !== "OPTIONS") expect(headers.get("cache-control")).toBe("no-store");
  });

  test("tell of TLS by a trusted proxy's word only", async () => {
    const behind = await start({ settings: { stream: { trusted_proxies: ["127.0.0.1"] } } });
    const headers = { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9" };
    const trusted = await rawRequest(behind, { path: "/api/v1/health", headers });
    expect(trusted.headers.get("strict-transport-security")).toMatch(/max-age=\d{7}/);
    const believed = await rawRequest(server, { path: "/api/v1/health", headers });
    expect(believed.headers.get("strict-transport-security")).toBeNull();
  });

  test("too large or too many end the request", async () => {
    const large = await rawRequest(server, { path: "/api/v1/health", headers: { "x-large": "a".repeat(100_000) } })
      .then(({ status }) => status)
      .catch(() => 0);
    expect([0, 400, 431]).toContain(large);
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`x-${i}`, "aaaaaaaaaaaaaaaaaaaa"]));
    const answer = await rawRequest(server, { path: "/api/v1/health", headers: many })
      .then(({ status }) => status)
      .catch(() => 0);
    expect([0, 400, 431]).toContain(answer);
    expect((await api(server).get("/api/v1/health")).status).toBe(200);
  });
});

describe("who asks too often", async () => {
  const env = { PARLEY_API_REQUESTS_PER_SECOND: "5" };
  const settings = { stream: { trusted_proxies: ["127.0.0.1"] } };

  test("is refused with the time to wait, and let in after it", async () => {
    const server = await start({ env });
    const answers = await Promise.all(Array.from({ length: 40 }, () => api(server).get("/api/v1/agents")));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(20);
    expect(refused.length).toBeGreaterThan(10);
    for (const answer of refused) {
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(answer.json.type).toMatch(/too-many-requests$/);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    }
    await new Promise((resolve) => setTimeout(resolve, Number(refused[0]!.headers.get("retry-after")) * 1000));
    expect((await api(server).get("/api/v1/agents")).status).toBe(200);
  });

  test("does not keep others out", async () => {
    const server = await start({ env, settings });
    const from = (address: string) =>
      rawRequest(server, { path: "/api/v1/health", headers: { "x-forwarded-for": address } });
    const answers = await Promise.all(Array.from({ length: 30 }, () => from("203.0.113.9")));
    expect(answers.some(({ status }) => status === 429)).toBe(true);
    expect((await from("203.0.113.10")).status).toBe(200);
    expect((await from("2001:db8:1:2::1")).status).toBe(200);
  });

  test("does not get more by making up keys or addresses", async () => {
    const server = await start({ env });
    const keys = await Promise.all(
      Array.from({ length: 300 }, (_, i) => api(server, { key: `pk_${i}` }).get("/api/v1/agents")),
    );
    // One address gets as much as eight clients.
    expect(keys.filter(({ status }) => status === 429).length).toBeGreaterThan(100);
    // This one is no trusted proxy.
    const addresses = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        rawRequest(server, { path: "/api/v1/health", headers: { "x-forwarded-for": `203.0.113.${i}` } }),
      ),
    );
    expect(addresses.some(({ status }) => status === 429)).toBe(true);
  });

  test("is counted by key: two users behind one address have as much each", async () => {
    const server = await start({ env });
    const owner = await acceptInvite(server, server.ownerToken, "owner@example.com");
    const { key } = await owner.must("POST", "/api/v1/api-keys", { name: "one", scopes: ["agents:read"] });
    const flood = await Promise.all(Array.from({ length: 40 }, () => api(server, { key }).get("/api/v1/agents")));
    expect(flood.some(({ status }) => status === 429)).toBe(true);
    expect((await owner.get("/api/v1/agents")).status).toBe(200);
  });
});
