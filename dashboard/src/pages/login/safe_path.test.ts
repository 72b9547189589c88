import { expect, test } from "vitest";
import { safePath } from "./safe_path";

const origin = "https://voice.example.com";

test("a page of the dashboard is kept with its filters", () => {
  expect(safePath("/calls?status=failed#x", origin)).toBe("/calls?status=failed#x");
});

test("an address that leads elsewhere is the first page", () => {
  for (const to of ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "evil", "", "/.//evil.example",
    "/%0a/evil.example/../..//x", "/\t/evil.example", undefined]) {
    expect(new URL(safePath(to, origin), origin).origin, String(to)).toBe(origin);
    expect(safePath(to, origin).startsWith("//"), String(to)).toBe(false);
  }
  expect(safePath("//evil.example", origin)).toBe("/");
});

test("a login does not lead to the login", () => {
  expect(safePath("/login?to=/calls", origin)).toBe("/");
});
