import { describe, expect, test } from "vitest";
import { problemOf, unreachable } from "./problem";

describe("a problem", () => {
  test("has the stable end of its type as kind and says what to do", () => {
    const problem = problemOf(400, {
      type: "urn:parley:problem:validation-failed",
      title: "The request is not as it must be.",
      status: 400,
      detail: "body/name: must be text",
      errors: [{ pointer: "/body/name", detail: "must be text" }],
    });
    expect(problem.kind).toBe("validation-failed");
    expect(problem.message).toBe("body/name: must be text");
    expect(problem.about("name")).toBe("must be text");
    expect(problem.about("other")).toBeUndefined();
  });

  test("without a document is told by its status", () => {
    expect(problemOf(502, "<html>").message).toContain("502");
  });

  test("of a server that is away is no answer of a server", () => {
    expect(unreachable().unreachable).toBe(true);
    expect(problemOf(503, {}).unreachable).toBe(false);
  });
});
