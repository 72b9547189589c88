// The API's description against the running server: the document itself, and every operation in it with its documented
// request. The tests are made from the document: an operation that is added is tested, or fails for want of a request.
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type Answer, type Api, type Json, api, password } from "./support/api.js";
import { Document, type Operation } from "./support/document.js";
import { startServer } from "./support/server.js";
import { type Ready, Workspace, agentConfig, documentedRequest, pathOf, send, unique } from "./support/workspace.js";

// Nobody listens where the carrier should be: a call is taken on all the same and placed later, or not.
const server = await startServer({
  settings: {
    outbound: { allow: ["127.0.0.0/8"] },
    exotel: { api_key: "key", api_token: "token", account_sid: "acme1", number: "08047110000", app_id: "100", url: "http://127.0.0.1:9" },
  },
});
const document = new Document((await api(server).get("/api/v1/openapi.json")).json);
let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.first(server);
});
afterAll(() => server.stop());

const events = (from: string) => from.split("\n\n").filter((block) => block.includes("data:"));

// Until the stream has said enough: it goes on for ever.
async function firstEvents(as: Api, path: string, provoke: () => Promise<unknown>, enough: (text: string) => boolean) {
  const over = new AbortController();
  const response = await as.raw("GET", path, { signal: over.signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  await provoke();
  while (!enough(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  over.abort();
  return { status: response.status, headers: response.headers, text, json: undefined } satisfies Answer;
}

// Operations that one request and its answer do not show.
const otherwise: Record<string, (operation: Operation) => Promise<Answer>> = {
  async logIn() {
    return api(server).post("/api/v1/login", { email: "owner@example.com", password });
  },
  async logOut() {
    return (await workspace.user("viewer")).post("/api/v1/logout");
  },
  async changePassword(operation) {
    return send(await workspace.user("viewer"), operation, await documentedRequest(workspace, operation));
  },
  async acceptInvite(operation) {
    const { email: _email, ...body } = (await documentedRequest(workspace, operation)).json;
    return api(server).post(`/api/v1/invites/${await workspace.makeInvite()}`, body);
  },
  async hangUpCall(operation) {
    const { id, caller } = await workspace.liveCall();
    const answer = await workspace.owner.post(pathOf(operation, { callId: id }), { reason: "supervisor" });
    await caller.closed();
    return answer;
  },
  async transferCall(operation) {
    const { id, caller } = await workspace.liveCall();
    const { example } = operation.body["application/json"]!;
    const answer = await workspace.owner.post(pathOf(operation, { callId: id }), example);
    caller.drop();
    return answer;
  },
  async listLiveCalls() {
    const { caller } = await workspace.liveCall();
    const answer = await workspace.owner.get("/api/v1/live/calls");
    expect(answer.json.items).not.toEqual([]);
    await caller.hangUp();
    return answer;
  },
  async streamEvents() {
    const answer = await firstEvents(
      workspace.owner,
      "/api/v1/events",
      () => workspace.makeCall(),
      (text) => text.includes("event: call.ended") && text.endsWith("\n\n"),
    );
    for (const event of events(answer.text)) {
      expect(event).toMatch(/^id: \S+\nevent: [a-z.]+\ndata: \{.*\}$/m);
      JSON.parse(/^data: (.*)$/m.exec(event)![1]!);
    }
    return answer;
  },
  async openEventSocket() {
    const socket = new WebSocket(`${server.ws}/api/v1/events/socket`, { headers: workspace.owner.headers() });
    const status = await new Promise<number>((resolve, reject) => {
      socket.once("upgrade", (response) => resolve(response.statusCode!));
      socket.once("error", reject);
    });
    const message = new Promise<string>((resolve) => socket.once("message", (data) => resolve(String(data))));
    await workspace.makeCall();
    expect(JSON.parse(await message)).toMatchObject({ type: expect.stringMatching(/^[a-z]+\.[a-z]+$/) });
    socket.terminate();
    const refused = await workspace.owner.get("/api/v1/events/socket");
    expect(refused.status).toBe(426);
    expect(document.mistakesIn(document.operation("openEventSocket"), refused)).toEqual([]);
    return { status, headers: new Headers(), text: "", json: undefined };
  },
};

describe("the document", () => {
  test("is valid OpenAPI 3.1 by another's judgement", async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document.json));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document.json.openapi).toBe("3.1.0");
  });

  test("names every operation once, with a summary and what it needs", () => {
    const ids = document.operations.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, summary, resource, level } of document.operations) {
      expect(id).toMatch(/^[a-z][A-Za-z]+$/);
      expect(summary, id).not.toBe("");
      expect(resource === undefined, id).toBe(level === undefined);
    }
  });

  test("tells of its own version and address", () => {
    expect(document.json.servers).toEqual([{ url: server.url }]);
  });

  describe.each(document.operations.map((operation) => [operation.id, operation] as const))("%s", (_id, operation) => {
    test("has examples that are as its schemas say", () => {
      const all = [operation.body, ...Object.values(operation.responses).map(({ content }) => content)];
      for (const media of all) {
        for (const [type, { schema, example }] of Object.entries(media)) {
          expect(example, type).toBeDefined();
          expect(document.mistakes(schema, example), type).toEqual([]);
        }
      }
    });
  });
});

// A server hashes two passwords at once and lets the others wait: these come one after the other.
const hashing = ["logIn", "logOut", "changePassword", "getInvite", "acceptInvite"];
const each = (operations: Operation[]) => operations.map((operation) => [operation.id, operation] as const);

async function isAsDocumented(id: string, operation: Operation): Promise<void> {
  const own = otherwise[id];
  const answer =
    own === undefined
      ? await send(workspace.owner, operation, await documentedRequest(workspace, operation))
      : await own(operation);
  expect(answer.status, answer.text).toBeLessThan(400);
  expect(document.mistakesIn(operation, answer)).toEqual([]);
  if (answer.json?.etag !== undefined) expect(answer.headers.get("etag")).toBe(`"${answer.json.etag}"`);
}

describe("as documented", () => {
  // Several at a time: some make a call, which takes its time.
  test.concurrent.each(each(document.operations.filter(({ id }) => !hashing.includes(id))))("%s", isAsDocumented);
});

describe("as documented, one after the other", () => {
  test.each(each(document.operations.filter(({ id }) => hashing.includes(id))))("%s", isAsDocumented);
});

const withIds = document.operations.filter(
  (operation) => operation.path.includes("{") && !["putProviderKey", "deleteCaller"].includes(operation.id),
);

describe("an id that is unknown", () => {
  test.each(each(withIds))("%s", async (_id, operation) => {
    const ids = Object.fromEntries(
      operation.parameters.map(({ name }) => [name, name === "provider" ? "gemini" : "01KAK8F7T2M4Q9V6W3X5Y7Z8ZZ"]),
    );
    ids["number"] = "1";
    const { json, body, contentType, query }: Ready =
      Object.keys(operation.body).length === 0
        ? { path: "", query: operation.id === "diffAgent" ? { from: "1", to: "2" } : {}, ids }
        : await documentedRequest(workspace, operation);
    const request = { path: pathOf(operation, ids), query, ids, json, body, contentType } as Ready;
    const answer = await send(workspace.owner, operation, request);
    expect(answer.status, answer.text).toBe(404);
    expectProblem(operation, answer, "not-found");
  });

  test("in the body or the query of a compatible address is a problem with success and error", async () => {
    for (const [id, request] of [
      ["aliasUpdatePhoneNumber", { path: "/api/phone-numbers", query: {}, ids: {}, json: { id: "unknown" } }],
      ["aliasDeletePhoneNumber", { path: "/api/phone-numbers", query: { id: "unknown" }, ids: {} }],
    ] as const) {
      const answer = await send(workspace.owner, document.operation(id), request);
      expect(answer.status).toBe(404);
      expectProblem(document.operation(id), answer, "not-found");
      expect(answer.json).toMatchObject({ success: false, error: answer.json.detail });
    }
  });
});

describe("other problems", () => {
  const agents = document.operation("listAgents");

  test("a method that the address does not take is told which it takes", async () => {
    const answer = await workspace.owner.delete("/api/v1/agents");
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toMatch(/GET.*POST/);
    expectProblem(agents, answer, "method-not-allowed");
  });

  test("an address at which nothing is", async () => {
    for (const path of ["/api/v1/nothing", "/api/v1/", "/api/nothing", "/api/v1/agents/a/b/c"]) {
      const answer = await workspace.owner.get(path);
      expect(answer.status, path).toBe(404);
      expectProblem(agents, answer, "not-found");
    }
  });

  test("nobody logged in", async () => {
    const answer = await api(server).get("/api/v1/agents");
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer /);
    expectProblem(agents, answer, "unauthenticated");
  });

  test("what is there already", async () => {
    const name = unique("twice");
    const body = { config: agentConfig(name) };
    expect((await workspace.owner.post("/api/v1/agents", body)).status).toBe(201);
    const answer = await workspace.owner.post("/api/v1/agents", body);
    expect(answer.status).toBe(409);
    expectProblem(document.operation("createAgent"), answer, "conflict");
  });

  test("the documented verdict on a configuration is the real one", async () => {
    const operation = document.operation("validateAgent");
    const answer = await send(workspace.owner, operation, await documentedRequest(workspace, operation));
    expect(answer.json).toEqual(operation.responses["200"]!.content["application/json"]!.example);
  });

  test("an agent whose configuration is wrong is told the line", async () => {
    const operation = document.operation("createAgent");
    const answer = await workspace.owner.post("/api/v1/agents", { yaml: "name: wrong\nlmm: {provider: openai}\n" });
    expect(answer.status).toBe(400);
    expectProblem(operation, answer, "validation-failed");
    expect(answer.json.errors).toContainEqual({
      pointer: "/body/yaml",
      detail: expect.stringMatching(/^line 2: .*'lmm'/),
    });
  });
});

describe("conditional and partial answers", () => {
  test("what has not changed is not sent again", async () => {
    const path = `/api/v1/agents/${workspace.agent}`;
    const first = await workspace.owner.get(path);
    const again = await workspace.owner.get(path, { headers: { "if-none-match": first.headers.get("etag")! } });
    expect(again.status).toBe(304);
    expect(again.text).toBe("");
    const older = await workspace.owner.get(path, { headers: { "if-none-match": '"99"' } });
    expect(older.text).toBe(first.text);
  });

  test("HEAD is GET without the body", async () => {
    const answer = await workspace.owner.request("HEAD", "/api/v1/agents");
    expect(answer.status).toBe(200);
    expect(Number(answer.headers.get("content-length"))).toBeGreaterThan(2);
  });

  test("ranges of a recording", async () => {
    const path = `/api/v1/calls/${workspace.call.id}/recording`;
    const whole = await workspace.owner.raw("GET", path);
    const bytes = new Uint8Array(await whole.arrayBuffer());
    expect(whole.headers.get("accept-ranges")).toBe("bytes");
    expect(new TextDecoder().decode(bytes.slice(0, 4))).toBe("RIFF");
    const ask = async (range: string) => {
      const response = await workspace.owner.raw("GET", path, { headers: { range } });
      return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
    };
    const size = bytes.length;
    for (const [range, from, to] of [
      ["bytes=0-99", 0, 100],
      ["bytes=100-199", 100, 200],
      [`bytes=${size - 10}-`, size - 10, size],
      ["bytes=-44", size - 44, size],
      [`bytes=10-${size * 2}`, 10, size],
    ] as const) {
      const part = await ask(range);
      expect(part.response.status, range).toBe(206);
      expect(part.response.headers.get("content-range")).toBe(`bytes ${from}-${to - 1}/${size}`);
      expect(Buffer.compare(Buffer.from(part.bytes), Buffer.from(bytes.slice(from, to))), range).toBe(0);
    }
    const beyond = await ask(`bytes=${size}-`);
    expect(beyond.response.status).toBe(416);
    expect(beyond.response.headers.get("content-range")).toBe(`bytes */${size}`);
  });
});

function expectProblem(operation: Operation, answer: Answer, kind: string): void {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(document.mistakesIn(operation, answer)).toEqual([]);
  const problem = answer.json as Json;
  expect(problem.type).toMatch(new RegExp(`${kind}$`));
  expect(problem.status).toBe(answer.status);
  expect(problem.title).not.toBe("");
  expect(problem.detail).not.toBe("");
}
