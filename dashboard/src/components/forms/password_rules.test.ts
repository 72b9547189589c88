import { expect, test } from "vitest";
import { passwordFault } from "./password_rules";

test("ten characters are enough, whatever they weigh in bytes", () => {
  expect(passwordFault("नमस्तेनमस्ते", "")).toBeUndefined();
  expect(passwordFault("123456789", "")).toEqual({ kind: "tooShort", missing: 1 });
  expect(passwordFault("👍👍👍👍👍", "")).toEqual({ kind: "tooShort", missing: 5 });
  expect(passwordFault("a".repeat(257), "")?.kind).toBe("tooLong");
});

test("the e-mail address is no password", () => {
  expect(passwordFault("Asha@Example.com", "asha@example.com")?.kind).toBe("isEmail");
});
