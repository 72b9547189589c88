// What nobody should send. For every operation of the description, requests are made from its documented one with one
// thing wrong in each; every answer must be a problem document of the client's fault that names the place, and nothing
// may have changed.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, type Json, api } from "./support/api.js";
import { Document, type Operation, escaped } from "./support/document.js";
import { rawRequest } from "./support/raw.js";
import { startServer } from "./support/server.js";
import { type Ready, Workspace, documentedRequest } from "./support/workspace.js";

const server = await startServer({ settings: { outbound: { allow: ["127.0.0.0/8"] } } });
const document = new Document((await api(server).get("/api/v1/openapi.json")).json);
let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.first(server);
});
afterAll(async () => {
  // The server says itself when something in it failed.
  expect(server.stderr).not.toMatch(/"level":"error"/);
  await server.stop();
});

const each = (operations: Operation[]) => operations.map((operation) => [operation.id, operation] as const);

// Everything that can be listed, with the audit log: a change that was not seen would be there.
async function state(): Promise<string> {
  const lists = document.operations.filter(
    ({ method, path, id, level }) =>
      method === "GET" && !path.includes("{") && level !== undefined &&
      !["streamEvents", "openEventSocket", "getUsage", "getMe"].includes(id),
  );
  const answers = await Promise.all(lists.map(({ path }) => workspace.owner.get(path)));
  return answers.map(({ text }, i) => `${lists[i]!.path} ${text}`).join("\n");
}

async function nothingChanges(act: () => Promise<void>): Promise<void> {
  const before = await state();
  await act();
  expect(await state()).toBe(before);
}

const headersOf = (operation: Operation, type: string | undefined) =>
  workspace.owner.headers(type === undefined || Object.keys(operation.body).length === 0 ? {} : { "content-type": type });

// As the bytes are given, at exactly this address.
function sendRaw(operation: Operation, ready: Ready, change: { path?: string; query?: string; body?: string | Uint8Array; type?: string }) {
  const query = change.query ?? new URLSearchParams(ready.query).toString();
  const body = change.body ?? (ready.json === undefined ? ready.body : JSON.stringify(ready.json));
  return rawRequest(server, {
    method: operation.method,
    path: (change.path ?? ready.path) + (query === "" ? "" : `?${query}`),
    headers: headersOf(operation, change.type ?? ready.contentType ?? "application/json"),
    ...(body === undefined ? {} : { body }),
  });
}

function expectProblem(answer: Answer, statuses: number[], what: string, pointer?: string): void {
  expect(statuses, `${what}: ${answer.status} ${answer.text.slice(0, 300)}`).toContain(answer.status);
  expect(answer.headers.get("content-type"), what).toBe("application/problem+json");
  expect(document.mistakes({ $ref: "#/components/schemas/Problem" }, answer.json), what).toEqual([]);
  expect(answer.json.status, what).toBe(answer.status);
  if (answer.status !== 400 || pointer === undefined) return;
  const pointers = (answer.json.errors ?? []).map((error: { pointer: string }) => error.pointer);
  expect(pointers.some((one: string) => one === pointer || one.startsWith(`${pointer}/`)), `${what}: ${answer.text}`).toBe(true);
}

// ---- bodies

interface Wrong {
  what: string;
  pointer: string;
  body: Json;
}

const typesOf = (schema: Json): string[] => {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((one: Json) => typesOf(document.resolve(one)));
  return schema.type === undefined ? [] : [schema.type].flat();
};
const samples: Record<string, Json> = {
  string: "text",
  integer: 7,
  number: 7.5,
  boolean: true,
  object: { a: 1 },
  array: ["a"],
  null: null,
};
const fits = (types: string[], kind: string) => types.includes(kind) || (kind === "integer" && types.includes("number"));

// One thing wrong in a value at a time, for every part that the schema knows.
function* wrongs(schemaOrReference: Json, value: Json, pointer: string): Generator<Wrong> {
  const schema = document.resolve(schemaOrReference);
  const types = typesOf(schema);
  for (const [kind, sample] of Object.entries(samples))
    if (types.length > 0 && !fits(types, kind)) yield { what: `${kind} for ${types.join()}`, pointer, body: sample };
  if (schema.enum !== undefined) yield { what: "a word that is not allowed", pointer, body: "something else" };
  if (types.includes("string")) {
    if (schema.maxLength !== undefined) yield { what: "too long", pointer, body: "a".repeat(schema.maxLength + 1) };
    if (schema.minLength > 0) yield { what: "empty", pointer, body: "" };
    if (schema.pattern !== undefined) yield { what: "SQL", pointer, body: "' OR 1=1 --" };
    if (schema.format === "date-time") yield { what: "no time", pointer, body: "yesterday" };
    if (schema.format === "email") yield { what: "no address", pointer, body: "nobody" };
    yield { what: "NUL", pointer, body: "a\u0000b" };
  }
  if (types.includes("integer") || types.includes("number")) {
    if (schema.minimum !== undefined) yield { what: "too small", pointer, body: schema.minimum - 1 };
    if (schema.maximum !== undefined) yield { what: "too large", pointer, body: schema.maximum + 1 };
    yield { what: "huge", pointer, body: 1e300 };
    if (!types.includes("number")) yield { what: "a fraction", pointer, body: 1.5 };
  }
  if (types.includes("array")) {
    const one = Array.isArray(value) && value.length > 0 ? value[0] : null;
    if (schema.maxItems !== undefined) yield { what: "too many", pointer, body: Array(schema.maxItems + 1).fill(one) };
    if (schema.minItems > 0) yield { what: "none", pointer, body: [] };
    for (const { what, pointer: place, body } of wrongs(schema.items, one, `${pointer}/0`))
      yield { what: `first: ${what}`, pointer: place, body: [body] };
  }
  if (types.includes("object") && schema.properties !== undefined) {
    const given = typeof value === "object" && value !== null ? value : {};
    yield { what: "an unknown member", pointer: `${pointer}/${escaped("no~such/member")}`, body: { ...given, "no~such/member": 1 } };
    for (const name of (schema.required ?? []) as string[]) {
      const { [name]: _gone, ...rest } = given;
      yield { what: `without ${name}`, pointer: `${pointer}/${name}`, body: rest };
    }
    for (const [name, member] of Object.entries<Json>(schema.properties))
      for (const { what, pointer: place, body } of wrongs(member, given[name], `${pointer}/${name}`))
        yield { what: `${name}: ${what}`, pointer: place, body: { ...given, [name]: body } };
  }
}

const withJson = document.operations.filter(({ body }) => body["application/json"] !== undefined);
const withBody = document.operations.filter(({ body }) => Object.keys(body).length > 0);

describe("a body with one thing wrong", () => {
  test.each(each(withJson))("%s", async (_id, operation) => {
    const ready = await documentedRequest(workspace, operation);
    const { schema } = operation.body["application/json"]!;
    await nothingChanges(async () => {
      for (const { what, pointer, body } of wrongs(schema, ready.json, "/body")) {
        const answer = await sendRaw(operation, ready, { body: JSON.stringify(body) });
        // A NUL is found before it is known where.
        expectProblem(answer, [400], `${pointer} ${what}`, what.endsWith("NUL") ? "/body" : pointer);
      }
    });
  });
});

describe("a body that is no JSON, or too much of it", () => {
  test.each(each(withBody))("%s", async (_id, operation) => {
    const ready = await documentedRequest(workspace, operation);
    const isJson = operation.body["application/json"] !== undefined;
    const whole = isJson ? JSON.stringify(ready.json) : ready.body!;
    const bytes = (...parts: (string | number[])[]) =>
      Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));
    await nothingChanges(async () => {
      if (operation.bodyRequired) expectProblem(await sendRaw(operation, ready, { body: "" }), [400], "nothing", "/body");
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense", ""])
        expectProblem(await sendRaw(operation, ready, { type }), [415], `the type '${type}'`);
      const huge = isJson ? `"${"a".repeat(operation.bodyLimit)}"` : "a".repeat(operation.bodyLimit + 1);
      expectProblem(await sendRaw(operation, ready, { body: huge }), [413], "too large");
      const broken: [string, string | Uint8Array][] = [["invalid UTF-8", bytes(whole.slice(0, -1), [0xc3, 0x28], "}")]];
      if (isJson) {
        broken.push(
          ["truncated", whole.slice(0, -1)],
          ["two", `${whole}${whole}`],
          ["a comment", `/* */${whole}`],
          ["single quotes", "{'a': 1}"],
          ["a comma too many", `${whole.slice(0, -1)},}`],
          ["NaN", '{"a": NaN}'],
          ["a number without end", `{"a": ${"9".repeat(400)}e999}`],
          ["UTF-16", Buffer.from(whole, "utf16le")],
          ["half a surrogate pair", '{"a": "\\ud800"}'],
          ["a NUL in a name", '{"a\\u0000b": 1}'],
          ["overlong UTF-8", bytes('{"a": "', [0xc0, 0xaf], '"}')],
          ["deep lists", "[".repeat(20_000) + "]".repeat(20_000)],
          ["deep objects", '{"a":'.repeat(5000) + "1" + "}".repeat(5000)],
          ["never closed", '{"a":['.repeat(10_000)],
        );
      }
      for (const [what, body] of broken) expectProblem(await sendRaw(operation, ready, { body }), [400], what, "/body");
    });
  });

  const withoutBody = document.operations.filter(({ body, method }) => Object.keys(body).length === 0 && method !== "GET");
  test.each(each(withoutBody))("%s takes none", async (_id, operation) => {
    if (operation.id === "logOut") return;
    const ready = await documentedRequest(workspace, operation);
    await nothingChanges(async () => {
      const answer = await rawRequest(server, {
        method: operation.method,
        path: ready.path + (Object.keys(ready.query).length > 0 ? `?${new URLSearchParams(ready.query).toString()}` : ""),
        headers: workspace.owner.headers({ "content-type": "application/json" }),
        body: "{}",
      });
      expectProblem(answer, [400], "a body", "/body");
    });
  });
});

// ---- parameters

// As they stand in an address. None of them names anything.
const strange: [string, string][] = [
  ["path traversal", "..%2f..%2fetc%2fpasswd"],
  ["path traversal, encoded twice", "%252e%252e%252fetc"],
  ["path traversal with backslashes", "..%5c..%5cetc"],
  ["NUL", "a%00b"],
  ["only NUL", "%00"],
  ["invalid UTF-8", "%ff%fe"],
  ["SQL", "'%20OR%201=1%20--"],
  ["more SQL", "1;DROP%20TABLE%20calls"],
  ["a wildcard", "%25"],
  ["another wildcard", "_"],
  ["a backslash", "%5c"],
  ["a quote", "%22"],
  ["a line break", "a%0d%0aX-Injected:%20yes"],
  ["a script", "%3Cscript%3E"],
  ["long", "a".repeat(5000)],
  ["words of other scripts", "%E0%A4%A8%E0%A4%AE%E0%A4%B8%E0%A5%8D%E0%A4%A4%E0%A5%87"],
];

const withPath = document.operations.filter(({ path }) => path.includes("{"));

describe("an id that can be none", () => {
  test.each(each(withPath))("%s", async (_id, operation) => {
    const ready = await documentedRequest(workspace, operation);
    await nothingChanges(async () => {
      for (const name of Object.keys(ready.ids)) {
        for (const [what, id] of strange) {
          const ids: Record<string, string> = { ...ready.ids, [name]: id };
          const path = operation.path.replace(/\{(\w+)\}/g, (_all, one: string) => ids[one]!);
          const answer = await sendRaw(operation, ready, { path });
          expectProblem(answer, [400, 404], `${name} = ${what}`, `/path/${name}`);
          expect(answer.headers.get("x-injected"), what).toBeNull();
          expect(answer.text).not.toMatch(/root:|syntax error|SQLITE|unrecognized token/i);
        }
      }
    });
  });

  test("dots and slashes lead nowhere else", async () => {
    for (const path of [
      "/api/v1/../../etc/passwd",
      "/api/v1/agents/../../../etc/passwd",
      "/api/v1/calls/%2e%2e/%2e%2e/parley.db",
      "/api/v1//agents",
      "//api/v1/agents",
      "/api/v1/calls/..%2f..%2fparley.db/recording",
      "/..%2f..%2f..%2fetc/passwd",
    ]) {
      const answer = await rawRequest(server, { path, headers: workspace.owner.headers() });
      expect([400, 404], `${path}: ${answer.text.slice(0, 200)}`).toContain(answer.status);
      expect(answer.text).not.toContain("root:");
      expect(answer.text).not.toContain("SQLite format");
    }
  });
});

describe("a query with one thing wrong", () => {
  const isFree = (schema: Json) => schema.type === "string" && schema.enum === undefined && schema.pattern === undefined && schema.format === undefined;

  test.each(each(document.operations.filter(({ id }) => !["streamEvents", "openEventSocket", "logOut"].includes(id))))(
    "%s",
    async (_id, operation) => {
      const ready = await documentedRequest(workspace, operation);
      const ask = (change: Record<string, string>) =>
        sendRaw(operation, ready, { query: new URLSearchParams({ ...ready.query, ...change }).toString() });
      await nothingChanges(async () => {
        expectProblem(await ask({ "no/such": "1" }), [400], "an unknown one", "/query/no~1such");
        for (const { name, required, schema } of operation.parameters.filter((one) => one.in === "query")) {
          const place = `/query/${name}`;
          if (required) {
            const { [name]: _gone, ...rest } = ready.query;
            const query = new URLSearchParams(rest).toString();
            expectProblem(await sendRaw(operation, ready, { query }), [400], `without ${name}`, place);
          }
          const wrong: string[] = [];
          if (schema.type === "integer") wrong.push("-1", "0", "1.5", "many", "", "99999999999999999999", "1e3", "0x10", " 1", "1;2");
          if (schema.type === "boolean") wrong.push("yes", "1", "", "TRUE");
          if (schema.enum !== undefined) wrong.push("something else", "", "' OR 1=1 --");
          if (schema.format === "date-time")
            wrong.push("yesterday", "", "2026-13-45T00:00:00Z", "' OR 1=1 --", "2026-11-21", "99999-01-01T00:00:00Z");
          if (schema.pattern !== undefined) wrong.push("' OR 1=1 --", "../../etc/passwd", "%", "\\");
          if (name === "cursor") wrong.push("x", "AAAA", "01KAK8F7T2M4Q9V6W3X5Y7Z8ZZ", "a".repeat(200));
          if (schema.maxLength !== undefined) wrong.push("a".repeat(schema.maxLength + 1));
          for (const value of wrong) {
            const answer = await ask({ [name]: value });
            expectProblem(answer, [400], `${name}=${value.slice(0, 40)}`, place);
          }
          const twice = new URLSearchParams([...Object.entries(ready.query), [name, "a"], [name, "b"]]).toString();
          expectProblem(await sendRaw(operation, ready, { query: twice }), [400], `${name} twice`, place);
          for (const bytes of ["%ff%fe", "a%00b"]) {
            const others = new URLSearchParams(Object.entries(ready.query).filter(([one]) => one !== name)).toString();
            const query = `${others === "" ? "" : `${others}&`}${name}=${bytes}`;
            expectProblem(await sendRaw(operation, ready, { query }), [400], `${name}=${bytes}`, place);
          }
        }
      });
    },
  );

  // Text that is free may be anything; but none of it means something to the database.
  test.each(each(document.operations.filter((one) => one.method === "GET" && one.parameters.some(({ in: place, schema }) => place === "query" && isFree(schema)))))(
    "%s finds nothing by wildcards and quotes",
    async (id, operation) => {
      if (id === "streamEvents" || id === "openEventSocket") return;
      const ready = await documentedRequest(workspace, operation);
      for (const { name, schema } of operation.parameters.filter((one) => one.in === "query" && isFree(one.schema))) {
        for (const value of ["' OR 1=1 --", "%%%", "___", "\\\\\\", '"""', "*** OR a", "NEAR(a b)", "a* AND", "(((", "a:b", "{a}", "^a", "-a-b-"]) {
          const answer = await workspace.owner.get(ready.path, { query: { ...ready.query, [name]: value } });
          expect([200, 400], `${name}=${value}: ${answer.text}`).toContain(answer.status);
          if (answer.status === 400) expectProblem(answer, [400], `${name}=${value}`, `/query/${name}`);
          else if (answer.json === undefined) expect(answer.text.trim().split("\n").length, `${name}=${value}`).toBe(1);
          else expect(answer.json.items ?? answer.json.phoneNumbers, `${name}=${value} of ${schema.type}`).toEqual([]);
        }
      }
    },
  );

  test("too many parts are not taken", async () => {
    const query = Array.from({ length: 3000 }, (_, i) => `a${i}=1`).join("&");
    const answer = await rawRequest(server, { path: `/api/v1/agents?${query}`, headers: workspace.owner.headers() });
    expect([400, 414, 431]).toContain(answer.status);
    expect((await rawRequest(server, { path: `/api/v1/agents?a=${"a".repeat(100_000)}`, headers: workspace.owner.headers() }).catch(() => ({ status: 414 }))).status).toBeGreaterThanOrEqual(400);
  });
});

describe("headers that mean something", () => {
  const withHeader = (name: string) =>
    document.operations.filter(({ parameters }) => parameters.some((one) => one.in === "header" && one.name === name));
  const ask = (operation: Operation, ready: Ready, headers: Record<string, string>) =>
    rawRequest(server, {
      method: operation.method,
      path: ready.path,
      headers: { ...headersOf(operation, ready.contentType ?? "application/json"), ...headers },
      ...(ready.json === undefined && ready.body === undefined ? {} : { body: ready.body ?? JSON.stringify(ready.json) }),
    });

  test.each(each(withHeader("If-Match")))("%s: If-Match that is no ETag, or an old one", async (_id, operation) => {
    const ready = await documentedRequest(workspace, operation);
    await nothingChanges(async () => {
      for (const etag of ["7", '"a"', 'W/"7"', '"7", "8"', '"-1"', '"0"', '"99999999999999999999"', "'", "a".repeat(200)])
        expectProblem(await ask(operation, ready, { "if-match": etag }), [400], etag, "/header/If-Match");
      expectProblem(await ask(operation, ready, { "if-match": '"987654"' }), [412], "an old one");
    });
  });

  test.each(each(withHeader("Idempotency-Key")))("%s: Idempotency-Key that can be none", async (_id, operation) => {
    const ready = await documentedRequest(workspace, operation);
    await nothingChanges(async () => {
      for (const key of ["a".repeat(256), "a b\tc", "caf\u00e9"])
        expectProblem(await ask(operation, ready, { "idempotency-key": key }), [400], key.slice(0, 20), "/header/Idempotency-Key");
    });
  });
});
