import { expect, test } from "vitest";
import { isLastOwner } from "./last_owner";

const user = (id: string, role: "owner" | "editor", more: { disabled?: boolean; hasPassword?: boolean } = {}) => ({
  id, role, email: "", name: "", disabled: false, hasPassword: true, createdAt: "", lastLoginAt: null, etag: 1, ...more,
});

test("an owner who is alone is the last one", () => {
  const asha = user("1", "owner");
  expect(isLastOwner(asha, [asha, user("2", "editor")])).toBe(true);
  expect(isLastOwner(asha, [asha, user("2", "owner")])).toBe(false);
});

test("owners who cannot log in do not count", () => {
  const asha = user("1", "owner");
  expect(isLastOwner(asha, [asha, user("2", "owner", { disabled: true }), user("3", "owner", { hasPassword: false })])).toBe(true);
  expect(isLastOwner(user("2", "owner", { disabled: true }), [asha])).toBe(false);
});
