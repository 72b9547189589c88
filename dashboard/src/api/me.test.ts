import { expect, test } from "vitest";
import { allows } from "./me";

test("a higher level includes the lower ones, and * every resource", () => {
  expect(allows(["*:admin"], "calls", "read")).toBe(true);
  expect(allows(["calls:write"], "calls", "read")).toBe(true);
  expect(allows(["calls:read"], "calls", "write")).toBe(false);
  expect(allows(["calls:admin"], "agents", "read")).toBe(false);
  expect(allows([], "calls", "read")).toBe(false);
});
