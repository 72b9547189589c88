// Coming in: the open door of a fresh server on one's own machine, its one-time link, logins, and their ends.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Api, acceptInvite, api, becomeOwner, logIn, password, sessionOf } from "./support/api.js";
import { rawRequest } from "./support/raw.js";
import { type Server, type ServerOptions, startServer } from "./support/server.js";
import { unique } from "./support/workspace.js";

const started: Server[] = [];
async function start(options: ServerOptions = {}) {
  const server = await startServer(options);
  started.push(server);
  return server;
}
afterAll(async () => {
  await Promise.all(started.map((server) => server.stop()));
});

const newPassword = "staple horse correct";
const me = async (as: Api) => (await as.get("/api/v1/me")).status;

async function invited(server: Server, owner: Api, role: string) {
  const email = `${unique(role)}@example.com`;
  const { user, inviteUrl } = await owner.must("POST", "/api/v1/users", { email, role });
  return { id: user.id as string, email, as: await acceptInvite(server, inviteUrl) };
}

describe("a fresh server", async () => {
  const server = await start();
  const ask = (headers: Record<string, string>) => rawRequest(server, { path: "/api/v1/me", headers });

  test("is open on its own machine, and says how to become the owner", async () => {
    const { json } = await api(server).get("/api/v1/me");
    expect(json).toMatchObject({ kind: "local", role: "owner", workspace: { id: "default" } });
    expect(server.ownerLink).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/invite\/[\w-]{20,}$/);
    expect(server.stderr).not.toContain(server.ownerToken);
  });

  test("is closed to a name that was made to point here", async () => {
    for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "parley.local", "0.0.0.0"])
      expect((await ask({ host })).status, host).toBe(401);
    for (const host of ["localhost", `localhost:${server.port}`, `127.0.0.1:${server.port}`, "[::1]:80"])
      expect((await ask({ host })).status, host).toBe(200);
  });

  test("is closed to what came through a proxy", async () => {
    for (const name of ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", "Via"])
      expect((await ask({ host: `127.0.0.1:${server.port}`, [name]: "127.0.0.1" })).status, name).toBe(401);
  });

  test("is closed to a bad key, and open to a cookie that is none", async () => {
    expect(await me(api(server, { key: "pk_wrong" }))).toBe(401);
    expect(await me(api(server, { cookie: "old" }))).toBe(200);
  });

  test("is closed when it listens to the network", async () => {
    const everywhere = await start({ host: "0.0.0.0" });
    expect(await me(api(everywhere))).toBe(401);
    const owner = await acceptInvite(everywhere, everywhere.ownerToken, "owner@example.com");
    expect(await me(owner)).toBe(200);
  });
});

describe("the owner's link", () => {
  test("is good once, and closes the open door", async () => {
    const server = await start();
    const path = `/api/v1/invites/${server.ownerToken}`;
    expect((await api(server).get(path)).json).toEqual({ firstOwner: true, email: "" });

    // What is wrong uses nothing up.
    for (const body of [
      { email: "owner@example.com", password: "short" },
      { email: "owner@example.com", password: "owner@example.com" },
      { email: "no address", password },
      { password },
    ])
      expect((await api(server).post(path, body)).status, JSON.stringify(body)).toBe(400);

    const answer = await api(server).post(path, { email: "Owner@Example.com", name: "Asha", password });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ kind: "user", email: "owner@example.com", role: "owner" });
    expect(await me(api(server, sessionOf(answer)))).toBe(200);
    expect(await me(api(server))).toBe(401);

    expect((await api(server).get(path)).status).toBe(404);
    expect((await api(server).post(path, { email: "second@example.com", password })).status).toBe(404);
    await server.restart();
    expect(server.ownerLink).toBeUndefined();
    expect(await me(api(server))).toBe(401);
    expect(await me(api(server, sessionOf(answer)))).toBe(200);
  });

  test("is taken by one of several who come at once", async () => {
    const server = await start();
    const answers = await Promise.all(
      [1, 2, 3].map((i) =>
        api(server).post(`/api/v1/invites/${server.ownerToken}`, { email: `o${i}@example.com`, name: "O", password }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses[0]).toBe(200);
    for (const status of statuses.slice(1)) expect([404, 409, 429]).toContain(status);
    const owner = api(server, sessionOf(answers.find(({ status }) => status === 200)!));
    expect((await owner.must("GET", "/api/v1/users")).items.length).toBe(1);
  });

  test("is another one after a restart, and the old one is useless", async () => {
    const server = await start();
    const old = server.ownerToken;
    await server.restart();
    expect(server.ownerToken).not.toBe(old);
    expect((await api(server).get(`/api/v1/invites/${old}`)).status).toBe(404);
    expect((await api(server).post(`/api/v1/invites/${old}`, { email: "a@example.com", password })).status).toBe(404);
    await becomeOwner(server);
  });
});

describe("an invitation", async () => {
  const server = await start();
  const owner = await becomeOwner(server);

  test("is for the one who was invited, once", async () => {
    const { user, inviteUrl } = await owner.must("POST", "/api/v1/users", {
      email: "Ravi@Example.com",
      role: "editor",
    });
    expect(user).toMatchObject({ email: "ravi@example.com", name: "ravi", role: "editor", hasPassword: false });
    const path = `/api/v1/invites/${inviteUrl.split("/").pop()}`;
    expect((await api(server).get(path)).json).toEqual({ firstOwner: false, email: "ravi@example.com" });
    expect((await api(server).post("/api/v1/login", { email: user.email, password })).status).toBe(401);
    const answer = await api(server).post(path, { password });
    expect(answer.json).toMatchObject({ email: "ravi@example.com", role: "editor" });
    expect((await api(server).post(path, { password: newPassword })).status).toBe(404);
    expect(await me(await logIn(server, "RAVI@example.com"))).toBe(200);
  });

  test("does not work after its user was removed", async () => {
    const { user, inviteUrl } = await owner.must("POST", "/api/v1/users", {
      email: "gone@example.com",
      role: "viewer",
    });
    await owner.must("DELETE", `/api/v1/users/${user.id}`);
    const path = `/api/v1/invites/${inviteUrl.split("/").pop()}`;
    expect((await api(server).get(path)).status).toBe(404);
    expect((await api(server).post(path, { password })).status).toBe(404);
  });

  test("of an address that is a user already is refused, in any workspace", async () => {
    for (const email of ["owner@example.com", "OWNER@example.com"]) {
      expect((await owner.post("/api/v1/users", { email, role: "viewer" })).status).toBe(409);
      expect((await owner.post("/api/v1/workspaces", { name: "Clinic", ownerEmail: email })).status).toBe(409);
    }
    expect((await owner.must("GET", "/api/v1/workspaces")).items.length).toBe(1);
  });
});

describe("a login", async () => {
  const server = await start();
  const owner = await becomeOwner(server);

  test("puts a cookie that scripts cannot read, and gives what forms must send", async () => {
    const answer = await api(server).post("/api/v1/login", { email: "owner@example.com", password });
    const cookie = answer.headers.get("set-cookie")!;
    expect(cookie).toMatch(/^parley_session=[\w-]{40,}; /);
    for (const part of ["Path=/", "HttpOnly", "SameSite=Lax"]) expect(cookie).toContain(part);
    expect(cookie).toMatch(/Max-Age=\d+/);
    // Over http a browser would not send it back.
    expect(cookie).not.toMatch(/Secure/i);
    const { csrf, cookie: token } = sessionOf(answer);
    expect(csrf).toMatch(/^[\w-]{40,}$/);
    expect(csrf).not.toBe(token);
    expect(answer.text).not.toContain(token);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("over TLS puts a cookie for TLS only", async () => {
    const behind = await start({ settings: { stream: { trusted_proxies: ["127.0.0.1"] } } });
    const answer = await rawRequest(behind, {
      method: "POST",
      path: `/api/v1/invites/${behind.ownerToken}`,
      headers: { "content-type": "application/json", "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9" },
      body: JSON.stringify({ email: "owner@example.com", name: "O", password }),
    });
    expect(answer.headers.get("set-cookie")).toMatch(/; Secure/);
  });

  test("reads without, and changes with, the CSRF token", async () => {
    const { cookie } = owner.credentials;
    const bare = api(server, { cookie: cookie! });
    expect((await bare.get("/api/v1/users")).status).toBe(200);
    const refused = await bare.post("/api/v1/users", { email: "a@example.com", role: "viewer" });
    expect(refused.status).toBe(403);
    expect(refused.json.detail).toContain("X-CSRF-Token");
    expect((await bare.post("/api/v1/logout")).status).toBe(403);
    expect(await me(owner)).toBe(200);
  });

  test("that fails says the same of an unknown user and a wrong password, after the same time", async () => {
    const other = await start();
    await becomeOwner(other);
    const attempt = async (email: string) => {
      const began = performance.now();
      const answer = await api(other).post("/api/v1/login", { email, password: "wrong horse battery" });
      return { answer, ms: performance.now() - began };
    };
    const wrong: number[] = [];
    const unknown: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const first = await attempt("owner@example.com");
      const second = await attempt(`nobody${i}@example.com`);
      expect(first.answer.status).toBe(401);
      expect(first.answer.text).toBe(second.answer.text);
      expect(second.answer.headers.get("set-cookie")).toBeNull();
      wrong.push(first.ms);
      unknown.push(second.ms);
    }
    // The password is hashed for both, which is what takes the time.
    const middle = (times: number[]) => times.sort((a, b) => a - b)[2]!;
    expect(middle(unknown)).toBeGreaterThan(middle(wrong) / 3);
    expect(middle(unknown)).toBeLessThan(middle(wrong) * 3);
  });

  test("is refused after ten attempts at one address, also with the right password", async () => {
    const other = await start({ settings: { stream: { trusted_proxies: ["127.0.0.1"] } } });
    const first = await acceptInvite(other, other.ownerToken, "owner@example.com");
    await invited(other, first, "viewer");
    const attempt = (email: string, secret: string, from: string) =>
      rawRequest(other, {
        method: "POST",
        path: "/api/v1/login",
        headers: { "content-type": "application/json", "x-forwarded-for": from },
        body: JSON.stringify({ email, password: secret }),
      });
    for (let i = 0; i < 10; i += 1)
      expect((await attempt("owner@example.com", "wrong horse", `203.0.113.${i}`)).status).toBe(401);
    const refused = await attempt("OWNER@example.com", password, "203.0.113.99");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(900);
    expect(refused.headers.get("set-cookie")).toBeNull();
    // Who is logged in stays so.
    expect((await rawRequest(other, { path: "/api/v1/me", headers: first.headers() })).status).toBe(200);
  });

  test("is refused after thirty attempts from one client", async () => {
    const other = await start();
    await becomeOwner(other);
    const guess = (i: number) => api(other).post("/api/v1/login", { email: `u${i}@example.com`, password: "wrong" });
    // Two at once, as many as are hashed at the same time.
    const statuses: number[] = [];
    for (let i = 0; i < 34; i += 2)
      statuses.push(...(await Promise.all([guess(i), guess(i + 1)])).map(({ status }) => status));
    expect(statuses.slice(0, 30)).toEqual(Array(30).fill(401));
    expect(statuses.slice(30)).toEqual(Array(4).fill(429));
  });

  test("ends with the logout, which takes the cookie away", async () => {
    const session = await logIn(server, "owner@example.com");
    const other = await logIn(server, "owner@example.com");
    const answer = await session.post("/api/v1/logout");
    expect(answer.status).toBe(204);
    expect(answer.headers.get("set-cookie")).toMatch(/^parley_session=; .*Max-Age=0/);
    expect(await me(session)).toBe(401);
    expect(await me(other)).toBe(200);
    expect((await api(server).post("/api/v1/logout")).status).toBe(204);
  });

  test("ends everywhere else when the password is changed", async () => {
    const user = await invited(server, owner, "editor");
    const elsewhere = await logIn(server, user.email);
    const change = (currentPassword: string, next: string) =>
      user.as.post("/api/v1/me/password", { currentPassword, newPassword: next });
    const wrong = await change("wrong horse battery", newPassword);
    expect([wrong.status, wrong.json.errors[0].pointer]).toEqual([400, "/body/currentPassword"]);
    const weak = await change(password, "short");
    expect([weak.status, weak.json.errors[0].pointer]).toEqual([400, "/body/newPassword"]);
    expect(await me(elsewhere)).toBe(200);

    const changed = await change(password, newPassword);
    expect(changed.status).toBe(204);
    expect(await me(elsewhere)).toBe(401);
    expect(await me(user.as)).toBe(401);
    const fresh = /parley_session=([^;]+)/.exec(changed.headers.get("set-cookie")!)![1]!;
    expect(await me(api(server, { cookie: fresh }))).toBe(200);
    expect((await api(server).post("/api/v1/login", { email: user.email, password })).status).toBe(401);
    await logIn(server, user.email, newPassword);
  });

  test("ends when its user is disabled or removed, and has at once the rights of another role", async () => {
    const user = await invited(server, owner, "editor");
    const path = `/api/v1/users/${user.id}`;
    expect((await user.as.post("/api/v1/agents", {})).status).toBe(400);
    await owner.must("PATCH", path, { role: "viewer" });
    expect((await user.as.post("/api/v1/agents", {})).status).toBe(403);
    await owner.must("PATCH", path, { disabled: true });
    expect(await me(user.as)).toBe(401);
    const refused = await api(server).post("/api/v1/login", { email: user.email, password });
    expect(refused.status).toBe(401);
    await owner.must("PATCH", path, { disabled: false });
    expect(await me(user.as)).toBe(401);
    const again = await logIn(server, user.email);
    await owner.must("DELETE", path);
    expect(await me(again)).toBe(401);
  });
});

describe("the last owner", () => {
  test("cannot be lost", async () => {
    const server = await start();
    const owner = await becomeOwner(server);
    const { id } = await owner.must("GET", "/api/v1/me");
    const path = `/api/v1/users/${id}`;
    const tries = [
      () => owner.patch(path, { role: "editor" }),
      () => owner.patch(path, { disabled: true }),
      () => owner.delete(path),
    ];
    for (const attempt of tries) expect((await attempt()).status).toBe(409);
    // One who has not come yet, or is disabled, is no owner.
    const { user } = await owner.must("POST", "/api/v1/users", { email: "second@example.com", role: "owner" });
    await owner.must("PATCH", `/api/v1/users/${user.id}`, { disabled: true });
    for (const attempt of tries) expect((await attempt()).status).toBe(409);
    expect((await owner.must("GET", path)).role).toBe("owner");
  });

  test("is one of two who give up at the same time", async () => {
    const server = await start();
    const owner = await becomeOwner(server);
    const second = await invited(server, owner, "owner");
    const { id } = await owner.must("GET", "/api/v1/me");
    const answers = await Promise.all([
      owner.patch(`/api/v1/users/${id}`, { role: "viewer" }),
      second.as.patch(`/api/v1/users/${second.id}`, { role: "viewer" }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const { items } = await owner.must("GET", "/api/v1/users");
    expect(items.filter((user: { role: string }) => user.role === "owner").length).toBe(1);
  });
});

describe("secrets", () => {
  test("stand neither in the log nor in the database", async () => {
    const server = await start({ env: { PARLEY_LOG_LEVEL: "trace" } });
    const link = server.ownerToken;
    const owner = await becomeOwner(server);
    const made = await owner.must("POST", "/api/v1/api-keys", { name: "CRM", scopes: ["*:admin"] });
    const key = api(server, { key: made.key });
    const body = {
      name: "Main",
      provider: "exotel",
      apiKey: "exo-key-4f7a0c",
      apiToken: "exo-token-9c1d2e",
      sid: "acme1",
    };
    const configuration = await key.must("POST", "/api/v1/telephony-configurations", body);
    const vendor = await key.must("PUT", "/api/v1/provider-keys/openai", { key: "sk-proj-0123456789abcdef4f7a" });
    const webhook = await key.must("POST", "/api/v1/webhooks", { url: "https://crm.example.com/", events: ["*"] });
    await owner.post("/api/v1/login", { email: "owner@example.com", password: "my wrong passphrase" });
    await key.post("/api/v1/telephony-configurations", { ...body, apiKey: 7 });

    const secrets = {
      link,
      password,
      "wrong password": "my wrong passphrase",
      cookie: owner.credentials.cookie!,
      key: made.key,
      "carrier's key": body.apiKey,
      "carrier's token": body.apiToken,
      "vendor's key": "sk-proj-0123456789abcdef4f7a",
      "webhook's secret": webhook.secret,
    };
    const files = readdirSync(server.dataDir).filter((name) => name.startsWith("parley.db"));
    expect(files).not.toEqual([]);
    const database = files.map((name) => readFileSync(join(server.dataDir, name), "latin1")).join("");
    expect(database).toContain("acme1");
    const log = server.stderr + server.stdout.replaceAll(link, "");
    for (const [what, secret] of Object.entries(secrets)) {
      expect(database.includes(secret), `${what} in the database`).toBe(false);
      expect(log.includes(secret), `${what} in the log`).toBe(false);
    }
    // And come back in no answer.
    const told = [configuration, vendor];
    for (const path of [
      "telephony-configurations",
      "provider-keys",
      "webhooks",
      "api-keys",
      "audit-log",
      "users",
      "me",
    ])
      told.push(await owner.must("GET", `/api/v1/${path}`));
    told.push(await owner.must("GET", "/api/phone-numbers"));
    for (const [what, secret] of Object.entries(secrets))
      expect(JSON.stringify(told).includes(secret), `${what} in an answer`).toBe(false);
  });
});
