// Every operation × everybody who may come: what the description says of it (x-access, x-public) is what the server
// does, and nobody sees anything of another workspace.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type Answer, type Api, type Json, api, password } from "./support/api.js";
import { Document, type Operation } from "./support/document.js";
import { eventually, startServer } from "./support/server.js";
import {
  type Ready,
  Workspace,
  agentConfig,
  documentedRequest,
  pathOf,
  send,
  unique,
  uniqueNumber,
} from "./support/workspace.js";

// Nobody listens where the carrier should be.
const server = await startServer({
  settings: {
    outbound: { allow: ["127.0.0.0/8"] },
    exotel: { api_key: "key", api_token: "token", account_sid: "acme1", number: "08047110000", app_id: "100", url: "http://127.0.0.1:9" },
  },
});
const document = new Document((await api(server).get("/api/v1/openapi.json")).json);
const levels = ["read", "write", "admin"] as const;

let ours: Workspace;
let theirs: Workspace;
let viewer: Api;
let editor: Api;
let revoked: Api;
let expired: Api;
const keys = new Map<string, Api>();

beforeAll(async () => {
  ours = await Workspace.first(server);
  theirs = await Workspace.another(server, ours.owner);
  viewer = await ours.user("viewer");
  editor = await ours.user("editor");
  const soon = new Date(Date.now() + 400).toISOString();
  expired = (await ours.key(["*:admin"], soon)).as;
  const gone = await ours.key(["*:admin"]);
  await ours.owner.must("DELETE", `/api/v1/api-keys/${gone.id}`);
  revoked = gone.as;
  for (const { resource } of document.operations) {
    for (const level of resource === undefined || keys.has(`${resource}:read`) ? [] : levels)
      keys.set(`${resource}:${level}`, (await ours.key([`${resource}:${level}`])).as);
  }
  await eventually("the key has expired", async () => (await expired.get("/api/v1/me")).status === 401);
});
afterAll(() => server.stop());

const each = (operations: Operation[]) => operations.map((operation) => [operation.id, operation] as const);
const guarded = document.operations.filter(({ level }) => level !== undefined);
const open = document.operations.filter(({ level }) => level === undefined);

// Streams go on for ever: only the beginning of their answer is looked at.
async function ask(as: Api, operation: Operation, ready: Ready): Promise<Answer> {
  if (operation.id === "openEventSocket") return upgrade(as, ready.path);
  if (operation.id !== "streamEvents") return send(as, operation, ready);
  const over = new AbortController();
  const response = await as.raw(operation.method, ready.path, { signal: over.signal });
  const answer = { status: response.status, headers: response.headers, text: "", json: undefined as Json };
  if (response.status >= 400) answer.json = JSON.parse((answer.text = await response.text()));
  over.abort();
  return answer;
}

function upgrade(as: Api, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(server.ws + path, { headers: as.headers() });
    socket.once("open", () => {
      socket.terminate();
      resolve({ status: 101, headers: new Headers(), text: "", json: undefined });
    });
    socket.once("unexpected-response", (_request, response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      const headers = new Headers(response.headers as Record<string, string>);
      response.on("end", () => resolve({ status: response.statusCode!, headers, text, json: JSON.parse(text) }));
    });
    socket.once("error", reject);
  });
}

function expectRefused(operation: Operation, answer: Answer, status: number, who: string): void {
  expect(answer.status, `${who}: ${answer.text}`).toBe(status);
  expect(document.mistakesIn(operation, answer), who).toEqual([]);
  if (status === 401) expect(answer.headers.get("www-authenticate"), who).toMatch(/^Bearer /);
}

// Documented requests that need more than the right to the operation; each has a test of its own below. A key has no
// password, makes no key or user that may more than itself, and a carrier's account is for owners.
const needsMore: Record<string, RegExp> = {
  changePassword: /^key/,
  createApiKey: /^key/,
  inviteUser: /^key/,
  updateUser: /^key/,
  aliasImportPhoneNumber: /^key|editor/,
};

function expectLetIn(operation: Operation, answer: Answer, who: string): void {
  if (answer.status === 403 && needsMore[operation.id]?.test(who)) return;
  expect([401, 403], `${who}: ${answer.text}`).not.toContain(answer.status);
  expect(answer.status, `${who}: ${answer.text}`).toBeLessThan(500);
}

describe("an operation that needs a login", () => {
  test.each(each(guarded))("%s", async (_id, operation) => {
    const ready = await documentedRequest(ours, operation);
    const need = levels.indexOf(operation.level!);
    const resource = operation.resource!;

    // Who may not comes first, and leaves everything as it is for who may.
    for (const [who, as] of [
      ["nobody", api(server)],
      ["a made-up key", api(server, { key: "pk_0123456789abcdef0123456789abcdef" })],
      ["a made-up cookie", api(server, { cookie: "0123456789abcdef", csrf: "0123456789abcdef" })],
      ["a revoked key", revoked],
      ["an expired key", expired],
      ["a bad key beside a good cookie", ours.owner.as({ ...ours.owner.credentials, key: "pk_wrong" })],
    ] as const)
      expectRefused(operation, await ask(as, operation, ready), 401, who);

    const other = [...keys.keys()].find((scope) => !scope.startsWith(`${resource}:`) && scope.endsWith(":admin"))!;
    // Every key may ask who it is.
    if (operation.id === "getMe") expectLetIn(operation, await ask(keys.get(other)!, operation, ready), "key");
    else expectRefused(operation, await ask(keys.get(other)!, operation, ready), 403, `a key for ${other}`);
    for (const level of levels.slice(0, need)) {
      const as = keys.get(`${resource}:${level}`)!;
      expectRefused(operation, await ask(as, operation, ready), 403, `a key for ${resource}:${level}`);
    }
    if (need > 0) expectRefused(operation, await ask(viewer, operation, ready), 403, "a viewer");
    if (need > 1) expectRefused(operation, await ask(editor, operation, ready), 403, "an editor");
    if (operation.method !== "GET") {
      const { cookie } = ours.owner.credentials;
      for (const csrf of [undefined, "wrong", editor.credentials.csrf!]) {
        const as = api(server, { cookie: cookie!, ...(csrf === undefined ? {} : { csrf }) });
        expectRefused(operation, await ask(as, operation, ready), 403, `an owner with the CSRF token ${csrf}`);
      }
    }

    expectLetIn(operation, await ask(keys.get(`${resource}:${operation.level!}`)!, operation, ready), "key");
    for (const level of levels.slice(need + 1))
      expectLetIn(operation, await ask(keys.get(`${resource}:${level}`)!, operation, ready), `key for ${level}`);
    if (operation.id === "changePassword") return; // of users of its own, below
    if (need === 0) expectLetIn(operation, await ask(viewer, operation, ready), "a viewer");
    if (need <= 1) expectLetIn(operation, await ask(editor, operation, ready), "an editor");
    expectLetIn(operation, await ask(ours.owner, operation, ready), "an owner");
  });

  test("a key of all resources may what its level says", async () => {
    const reader = (await ours.key(["*:read"])).as;
    expect((await reader.get("/api/v1/agents")).status).toBe(200);
    expect((await reader.get("/api/v1/audit-log")).status).toBe(403);
    expect((await reader.post("/api/v1/agents", {})).status).toBe(403);
  });

  test("a key cannot make a key that may more than itself", async () => {
    const maker = keys.get("keys:admin")!;
    const more = await maker.post("/api/v1/api-keys", { name: "more", scopes: ["keys:admin", "calls:read"] });
    expect(more.status, more.text).toBe(403);
    const all = await maker.post("/api/v1/api-keys", { name: "all", scopes: ["*:admin"] });
    expect(all.status, all.text).toBe(403);
    const same = await maker.post("/api/v1/api-keys", { name: "same", scopes: ["keys:read"] });
    expect(same.status, same.text).toBe(201);
  });

  test("a key cannot make or become a user who may more than itself", async () => {
    const keeper = keys.get("users:admin")!;
    const id = await ours.makeUser();
    for (const role of ["viewer", "editor", "owner"]) {
      const invite = await keeper.post("/api/v1/users", { email: `${unique("more")}@example.com`, role });
      expect(invite.status, invite.text).toBe(403);
      const raise = await keeper.patch(`/api/v1/users/${id}`, { role });
      expect(raise.status, raise.text).toBe(403);
    }
    expect((await keeper.patch(`/api/v1/users/${id}`, { name: "Ravi K." })).status).toBe(200);
    const all = (await ours.key(["*:admin"])).as;
    expect((await all.patch(`/api/v1/users/${id}`, { role: "owner" })).status).toBe(200);
  });

  test("a carrier's account is for owners, at the compatible address, too", async () => {
    const account = { apiKey: "key", apiToken: "token", sid: unique("acme") };
    const writer = keys.get("numbers:write")!;
    for (const as of [editor, writer]) {
      const body = { phoneNumber: uniqueNumber() };
      expect((await as.post("/api/phone-numbers", { ...body, exotelConfig: account })).status).toBe(403);
      const made = await as.post("/api/phone-numbers", body);
      expect(made.status, made.text).toBe(201);
      const { id } = made.json.phoneNumber;
      expect((await as.put("/api/phone-numbers", { id, exotelConfig: account })).status).toBe(403);
    }
    const { items } = await ours.owner.must("GET", "/api/v1/telephony-configurations");
    expect(items.map((one: Json) => one.sid)).not.toContain(account.sid);
  });

  test("a key has no password to change", async () => {
    const body = { currentPassword: password, newPassword: "staple horse correct" };
    expect((await keys.get("me:read")!.post("/api/v1/me/password", body)).status).toBe(403);
    const user = await ours.user("viewer");
    expect((await user.post("/api/v1/me/password", body)).status).toBe(204);
  });
});

describe("an operation that needs none", () => {
  test.each(each(open))("%s", async (id, operation) => {
    const ready = await documentedRequest(ours, operation);
    // The documented address is not the one that was invited.
    if (id === "acceptInvite") delete ready.json.email;
    const answer = await send(api(server), operation, ready);
    // The documented password is nobody's.
    if (id !== "logIn") expect(answer.status, answer.text).toBeLessThan(400);
    expect(document.mistakesIn(operation, answer)).toEqual([]);
  });
});

describe("the owner of another workspace", () => {
  // What the request itself names may be told again; nothing else that only our workspace knows.
  function expectNothingOfOurs(answer: Answer, ready: Ready): void {
    const asked = JSON.stringify([ready.path, ready.query, ready.json ?? ""]);
    const told = ours.private.filter((text) => answer.text.includes(text) && !asked.includes(text));
    expect(told).toEqual([]);
  }

  // Only owners of the default workspace, which the settings' account at the carrier is of, too.
  const forDefault = ["listWorkspaces", "createWorkspace", "putPrices", "resetPrices", "placeCall"];
  // Not of one workspace, or named by what everybody may name.
  const shared = ["deleteCaller", "putProviderKey", "getInvite", "acceptInvite"];
  const withIds = document.operations.filter((one) => one.path.includes("{") && !shared.includes(one.id));

  test.each(each(withIds))("%s: our things are not there", async (_id, operation) => {
    const ready = await documentedRequest(ours, operation);
    const answer = await ask(theirs.owner, operation, ready);
    expect(answer.status, answer.text).toBe(404);
    expect(document.mistakesIn(operation, answer)).toEqual([]);
    expectNothingOfOurs(answer, ready);
    // And they still are, here.
    if (operation.method === "DELETE" || operation.method === "PATCH") {
      const again = await ask(ours.owner, operation, ready);
      expect(again.status, again.text).toBeLessThan(300);
    }
  });

  test.each(each(guarded.filter((one) => !one.path.includes("{") && one.id !== "changePassword")))(
    "%s: nothing of ours is told",
    async (id, operation) => {
      const ready = await documentedRequest(theirs, operation);
      const answer = await ask(theirs.owner, operation, ready);
      if (forDefault.includes(id)) expectRefused(operation, answer, 403, "an owner of another workspace");
      else expect(answer.status, answer.text).toBeLessThan(300);
      expectNothingOfOurs(answer, ready);
    },
  );

  test("ids in bodies and queries find nothing of ours", async () => {
    const agent = await ours.makeAgent();
    const number = await ours.makeNumber();
    const configuration = await ours.makeConfiguration();
    const mine = await theirs.makeNumber();
    for (const [method, path, json] of [
      ["POST", "/api/v1/phone-numbers", { phoneNumber: "+911111111111", linkedAgentId: agent.id }],
      ["POST", "/api/v1/phone-numbers", { phoneNumber: "+911111111111", linkedAgentId: agent.name }],
      ["POST", "/api/v1/phone-numbers", { phoneNumber: "+911111111111", telephonyConfigurationId: configuration.id }],
      ["PATCH", `/api/v1/phone-numbers/${mine.id}`, { linkedAgentId: agent.id }],
      ["PATCH", `/api/v1/phone-numbers/${mine.id}`, { telephonyConfigurationId: configuration.id }],
      ["POST", "/api/phone-numbers", { phoneNumber: "+911111111111", linkedAgentId: agent.id }],
      ["PUT", "/api/phone-numbers", { id: number.id, displayName: "taken" }],
      ["DELETE", `/api/phone-numbers?id=${number.id}`, undefined],
      ["POST", "/api/v1/sessions", { agent: agent.id }],
      ["POST", "/api/v1/chat", { message: "Hello", agent: agent.id }],
      ["POST", "/api/v1/chat", { message: "Hello", agentId: agent.name }],
    ] as const) {
      const answer = await theirs.owner.request(method, path, json === undefined ? {} : { json });
      expect([400, 404], `${method} ${path} ${JSON.stringify(json)}: ${answer.text}`).toContain(answer.status);
    }
    for (const [name, value] of [
      ["number", ours.call.from],
      ["agent", ours.agent],
      ["sessionId", ours.call.id],
      ["phoneId", ours.numberId],
      ["text", "answer"],
    ] as const) {
      const { items } = await theirs.owner.must("GET", "/api/v1/calls", undefined, { query: { [name]: value } });
      for (const call of items) expect(call.id).toBe(theirs.call.id);
    }
  });

  test("a session's id that is ours begins a conversation of theirs, without our words", async () => {
    const sessionId = await ours.makeSession();
    const before = await ours.owner.must("GET", `/api/v1/sessions/${sessionId}`);
    const body = { sessionId, agent: theirs.agent, message: "What did they say?" };
    const answer = await theirs.owner.post("/api/v1/chat", body);
    if (answer.status < 300) {
      const session = await theirs.owner.must("GET", `/api/v1/sessions/${sessionId}`);
      expect(session.agent).toBe(theirs.agent);
      expect(JSON.stringify(session)).not.toContain("Until when are you open?");
    } else expect(answer.status, answer.text).toBe(409);
    expect(await ours.owner.must("GET", `/api/v1/sessions/${sessionId}`)).toEqual(before);
  });

  test("deletes nothing of a caller who called us, too", async () => {
    const { id, from } = await ours.makeCall();
    const path = pathOf(document.operation("deleteCaller"), { number: from });
    expect(await theirs.owner.must("DELETE", path)).toEqual({ calls: 0, recordings: 0 });
    expect((await ours.owner.get(`/api/v1/calls/${id}`)).status).toBe(200);
    expect((await ours.owner.get(`/api/v1/calls/${id}/recording`)).status).toBe(200);
  });

  test("sees no events of ours, live or missed", async () => {
    const over = new AbortController();
    const response = await theirs.owner.raw("GET", "/api/v1/events", { signal: over.signal });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    await ours.makeCall();
    const { id } = await theirs.makeCall();
    let text = "";
    while (!text.includes("event: call.ended")) text += (await reader.read()).value ?? "";
    over.abort();
    expect(text).toContain(id);
    expectNothingOfOurs({ text } as Answer, { path: "", query: {}, ids: {} });
  });

  test("is not let in by a role or key of ours", async () => {
    const me = await theirs.owner.must("GET", "/api/v1/me");
    expect(me.workspace.id).not.toBe("default");
    expect((await theirs.owner.get("/api/v1/workspaces")).status).toBe(403);
    const { items } = await ours.owner.must("GET", "/api/v1/workspaces");
    expect(items.map((one: Json) => one.id)).toContain(me.workspace.id);
    // Their things are not ours either, although ours is the default workspace.
    const agent = await theirs.makeAgent();
    expect((await ours.owner.get(`/api/v1/agents/${agent.id}`)).status).toBe(404);
    expect((await ours.owner.get(`/api/v1/calls/${theirs.call.id}`)).status).toBe(404);
    expect((await ours.owner.get(`/api/v1/calls/${theirs.call.id}/recording`)).status).toBe(404);
  });

  test("may use the names that we use", async () => {
    const name = unique("same");
    const config = agentConfig(name);
    expect((await ours.owner.post("/api/v1/agents", { config })).status).toBe(201);
    expect((await theirs.owner.post("/api/v1/agents", { config })).status).toBe(201);
  });
});
