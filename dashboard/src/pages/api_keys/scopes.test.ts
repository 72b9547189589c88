import { expect, test } from "vitest";
import { expiryOf, resources, scopesOf, stateOf } from "./scopes";
import texts from "./texts.en.json";

test("a key gets what was chosen, and nothing twice", () => {
  expect(scopesOf("", { calls: "read", numbers: "write", agents: "" })).toEqual(["calls:read", "numbers:write"]);
  expect(scopesOf("read", { calls: "read", numbers: "write" })).toEqual(["*:read", "numbers:write"]);
  expect(scopesOf("admin", { numbers: "write" })).toEqual(["*:admin"]);
  expect(scopesOf("", {})).toEqual([]);
});

test("every resource is explained", () => {
  for (const { name } of resources) expect(texts.resources).toHaveProperty(name);
});

test("a key's end and state", () => {
  const now = new Date("2026-11-21T08:00:00Z");
  expect(expiryOf("", now)).toBeNull();
  expect(expiryOf("30", now)).toBe("2026-12-21T08:00:00.000Z");
  expect(stateOf({ revokedAt: null, expiresAt: null }, now)).toBe("active");
  expect(stateOf({ revokedAt: null, expiresAt: "2026-11-21T08:00:00Z" }, now)).toBe("expired");
  expect(stateOf({ revokedAt: "2026-11-20T08:00:00Z", expiresAt: null }, now)).toBe("revoked");
});
