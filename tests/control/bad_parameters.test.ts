// What nobody should send in an address or a header: see bad_input.test.ts.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Json } from "./support/api.js";
import { Prober } from "./support/bad_input.js";
import type { Operation } from "./support/document.js";
import { rawRequest } from "./support/raw.js";
import { type Ready, documentedRequest } from "./support/workspace.js";

const prober = await Prober.start();
const { document } = prober;

beforeAll(() => prober.seed());
afterAll(() => prober.stop());

const each = (operations: Operation[]) => operations.map((operation) => [operation.id, operation] as const);

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
    const ready = await documentedRequest(prober.workspace, operation);
    await prober.nothingChanges(async () => {
      for (const name of Object.keys(ready.ids)) {
        for (const [what, id] of strange) {
          const ids: Record<string, string> = { ...ready.ids, [name]: id };
          const path = operation.path.replace(/\{(\w+)\}/g, (_all, one: string) => ids[one]!);
          const answer = await prober.send(operation, ready, { path });
          prober.expectProblem(answer, [400, 404], `${name} = ${what}`, `/path/${name}`);
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
      const answer = await rawRequest(prober.server, { path, headers: prober.workspace.owner.headers() });
      expect([400, 404], `${path}: ${answer.text.slice(0, 200)}`).toContain(answer.status);
      expect(answer.text).not.toContain("root:");
      expect(answer.text).not.toContain("SQLite format");
    }
  });
});

describe("a query with one thing wrong", () => {
  const isFree = (schema: Json) =>
    schema.type === "string" &&
    schema.enum === undefined &&
    schema.pattern === undefined &&
    schema.format === undefined;

  test.each(each(document.operations.filter(({ id }) => !["streamEvents", "openEventSocket", "logOut"].includes(id))))(
    "%s",
    async (_id, operation) => {
      const ready = await documentedRequest(prober.workspace, operation);
      const ask = (change: Record<string, string>) =>
        prober.send(operation, ready, { query: new URLSearchParams({ ...ready.query, ...change }).toString() });
      await prober.nothingChanges(async () => {
        prober.expectProblem(await ask({ "no/such": "1" }), [400], "an unknown one", "/query/no~1such");
        for (const { name, required, schema } of operation.parameters.filter((one) => one.in === "query")) {
          const place = `/query/${name}`;
          if (required) {
            const { [name]: _gone, ...rest } = ready.query;
            const query = new URLSearchParams(rest).toString();
            prober.expectProblem(await prober.send(operation, ready, { query }), [400], `without ${name}`, place);
          }
          const wrong: string[] = [];
          if (schema.type === "integer")
            wrong.push("-1", "0", "1.5", "many", "", "99999999999999999999", "1e3", "0x10", " 1", "1;2");
          if (schema.type === "boolean") wrong.push("yes", "1", "", "TRUE");
          if (schema.enum !== undefined) wrong.push("something else", "", "' OR 1=1 --");
          if (schema.format === "date-time")
            wrong.push("yesterday", "", "2026-13-45T00:00:00Z", "' OR 1=1 --", "2026-11-21", "99999-01-01T00:00:00Z");
          if (schema.pattern !== undefined) wrong.push("' OR 1=1 --", "../../etc/passwd", "%", "\\");
          if (name === "cursor") wrong.push("x", "AAAA", "01KAK8F7T2M4Q9V6W3X5Y7Z8ZZ", "a".repeat(200));
          if (schema.maxLength !== undefined) wrong.push("a".repeat(schema.maxLength + 1));
          for (const value of wrong) {
            const answer = await ask({ [name]: value });
            prober.expectProblem(answer, [400], `${name}=${value.slice(0, 40)}`, place);
          }
          const twice = new URLSearchParams([...Object.entries(ready.query), [name, "a"], [name, "b"]]).toString();
          prober.expectProblem(await prober.send(operation, ready, { query: twice }), [400], `${name} twice`, place);
          for (const bytes of ["%ff%fe", "a%00b"]) {
            const others = new URLSearchParams(Object.entries(ready.query).filter(([one]) => one !== name)).toString();
            const query = `${others === "" ? "" : `${others}&`}${name}=${bytes}`;
            prober.expectProblem(await prober.send(operation, ready, { query }), [400], `${name}=${bytes}`, place);
          }
        }
      });
    },
  );

  // Text that is free may be anything; but none of it means something to the database.
  test.each(
    each(
      document.operations.filter(
        (one) =>
          one.method === "GET" && one.parameters.some(({ in: place, schema }) => place === "query" && isFree(schema)),
      ),
    ),
  )("%s finds nothing by wildcards and quotes", async (id, operation) => {
    if (id === "streamEvents" || id === "openEventSocket") return;
    const ready = await documentedRequest(prober.workspace, operation);
    for (const { name, schema } of operation.parameters.filter((one) => one.in === "query" && isFree(one.schema))) {
      for (const value of [
        "' OR 1=1 --",
        "%%%",
        "___",
        "\\\\\\",
        '"""',
        "*** OR a",
        "NEAR(a b)",
        "a* AND",
        "(((",
        "a:b",
        "{a}",
        "^a",
        "-a-b-",
      ]) {
        const answer = await prober.workspace.owner.get(ready.path, { query: { ...ready.query, [name]: value } });
        expect([200, 400], `${name}=${value}: ${answer.text}`).toContain(answer.status);
        if (answer.status === 400) prober.expectProblem(answer, [400], `${name}=${value}`, `/query/${name}`);
        else if (answer.json === undefined) expect(answer.text.trim().split("\n").length, `${name}=${value}`).toBe(1);
        else expect(answer.json.items ?? answer.json.phoneNumbers, `${name}=${value} of ${schema.type}`).toEqual([]);
      }
    }
  });

  test("too many parts are not taken", async () => {
    const query = Array.from({ length: 3000 }, (_, i) => `a${i}=1`).join("&");
    const answer = await rawRequest(prober.server, {
      path: `/api/v1/agents?${query}`,
      headers: prober.workspace.owner.headers(),
    });
    expect([400, 414, 431]).toContain(answer.status);
    expect(
      (
        await rawRequest(prober.server, {
          path: `/api/v1/agents?a=${"a".repeat(100_000)}`,
          headers: prober.workspace.owner.headers(),
        }).catch(() => ({ status: 414 }))
      ).status,
    ).toBeGreaterThanOrEqual(400);
  });
});

describe("headers that mean something", () => {
  const withHeader = (name: string) =>
    document.operations.filter(({ parameters }) => parameters.some((one) => one.in === "header" && one.name === name));
  const ask = (operation: Operation, ready: Ready, headers: Record<string, string>) =>
    rawRequest(prober.server, {
      method: operation.method,
      path: ready.path,
      headers: { ...prober.headersOf(operation, ready.contentType ?? "application/json"), ...headers },
      ...(ready.json === undefined && ready.body === undefined
        ? {}
        : { body: ready.body ?? JSON.stringify(ready.json) }),
    });

  test.each(each(withHeader("If-Match")))("%s: If-Match that is no ETag, or an old one", async (_id, operation) => {
    const ready = await documentedRequest(prober.workspace, operation);
    await prober.nothingChanges(async () => {
      for (const etag of [
        "7",
        '"a"',
        'W/"7"',
        '"7", "8"',
        '"-1"',
        '"0"',
        '"99999999999999999999"',
        "'",
        "a".repeat(200),
      ])
        prober.expectProblem(await ask(operation, ready, { "if-match": etag }), [400], etag, "/header/If-Match");
      prober.expectProblem(await ask(operation, ready, { "if-match": '"987654"' }), [412], "an old one");
    });
  });

  test.each(each(withHeader("Idempotency-Key")))("%s: Idempotency-Key that can be none", async (_id, operation) => {
    const ready = await documentedRequest(prober.workspace, operation);
    await prober.nothingChanges(async () => {
      for (const key of ["a".repeat(256), "a b\tc", "caf\u00e9"])
        prober.expectProblem(
          await ask(operation, ready, { "idempotency-key": key }),
          [400],
          key.slice(0, 20),
          "/header/Idempotency-Key",
        );
    });
  });
});
