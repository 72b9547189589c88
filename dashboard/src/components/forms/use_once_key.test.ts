import { expect, test } from "vitest";
import { Problem, unreachable } from "@/api/problem";
import { makeOnceKey } from "./use_once_key";

test("what was perhaps done is asked for with the same key, anything else with another", () => {
  const key = makeOnceKey();
  const first = key.of({ name: "a" });
  key.refused(unreachable());
  expect(key.of({ name: "a" })).toBe(first);
  expect(key.of({ name: "b" })).not.toBe(first);
  const second = key.of({ name: "b" });
  key.refused(new Problem(409, "conflict", "there is one"));
  expect(key.of({ name: "b" })).not.toBe(second);
});

test("a retry that comes while the first request is at work keeps the key, and so does one without a kept answer", () => {
  const key = makeOnceKey();
  const first = key.of({ name: "a" });
  key.refused(unreachable());
  key.refused(new Problem(409, "still-at-work", "not done yet"));
  expect(key.of({ name: "a" })).toBe(first);
  key.refused(new Problem(409, "done-already", "it held a secret"));
  expect(key.of({ name: "a" })).toBe(first);
});

test("what is done can be asked for again", () => {
  const key = makeOnceKey();
  const first = key.of({ name: "a" });
  key.done();
  expect(key.of({ name: "a" })).not.toBe(first);
});
