// What nobody should send. For every operation of the description, requests are made from its documented one with one
// thing wrong in the body of each; every answer must be a problem document of the client's fault that names the place,
// and nothing may have changed.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Prober } from "./support/bad_input.js";
import type { Operation } from "./support/document.js";
import { rawRequest } from "./support/raw.js";
import { wrongs } from "./support/wrong_values.js";
import { documentedRequest } from "./support/workspace.js";

const prober = await Prober.start();
const { document } = prober;

beforeAll(() => prober.seed());
afterAll(() => prober.stop());

const each = (operations: Operation[]) => operations.map((operation) => [operation.id, operation] as const);

const withJson = document.operations.filter(({ body }) => body["application/json"] !== undefined);
const withBody = document.operations.filter(({ body }) => Object.keys(body).length > 0);

describe("a body with one thing wrong", () => {
  test.each(each(withJson))("%s", async (_id, operation) => {
    const ready = await documentedRequest(prober.workspace, operation);
    const { schema } = operation.body["application/json"]!;
    await prober.nothingChanges(async () => {
      const all = [...wrongs(document, schema, ready.json, "/body")];
      expect(all.length).toBeGreaterThan(5);
      for (const { what, pointer, body } of all) {
        const answer = await prober.send(operation, ready, { body: JSON.stringify(body) });
        // A NUL is found before it is known where.
        prober.expectProblem(answer, [400], `${pointer} ${what}`, what.endsWith("NUL") ? "/body" : pointer);
      }
    });
  });
});

describe("a body that is no JSON, or too much of it", () => {
  test.each(each(withBody))("%s", async (_id, operation) => {
    const ready = await documentedRequest(prober.workspace, operation);
    const isJson = operation.body["application/json"] !== undefined;
    const whole = isJson ? JSON.stringify(ready.json) : ready.body!;
    const bytes = (...parts: (string | number[])[]) =>
      Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));
    await prober.nothingChanges(async () => {
      if (operation.bodyRequired)
        prober.expectProblem(await prober.send(operation, ready, { body: "" }), [400], "nothing", "/body");
      for (const type of [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "nonsense",
        "",
      ])
        prober.expectProblem(await prober.send(operation, ready, { type }), [415], `the type '${type}'`);
      const huge = isJson ? `"${"a".repeat(operation.bodyLimit)}"` : "a".repeat(operation.bodyLimit + 1);
      prober.expectProblem(await prober.send(operation, ready, { body: huge }), [413], "too large");
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
      for (const [what, body] of broken)
        prober.expectProblem(await prober.send(operation, ready, { body }), [400], what, "/body");
    });
  });

  const withoutBody = document.operations.filter(
    ({ body, method }) => Object.keys(body).length === 0 && method !== "GET",
  );
  test.each(each(withoutBody))("%s takes none", async (_id, operation) => {
    if (operation.id === "logOut") return;
    const ready = await documentedRequest(prober.workspace, operation);
    await prober.nothingChanges(async () => {
      const answer = await rawRequest(prober.server, {
        method: operation.method,
        path:
          ready.path + (Object.keys(ready.query).length > 0 ? `?${new URLSearchParams(ready.query).toString()}` : ""),
        headers: prober.workspace.owner.headers({ "content-type": "application/json" }),
        body: "{}",
      });
      prober.expectProblem(answer, [400], "a body", "/body");
    });
  });
});
