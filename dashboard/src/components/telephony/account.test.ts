import { expect, test } from "vitest";
import { accountComplete, accountInput, accountPatch, accountValues } from "./account";

const saved = {
  id: "1", name: "Main", provider: "exotel", sid: "acme1", appId: "", domain: "", region: "in", subdomain: "",
  hasCredentials: true, createdAt: "", updatedAt: "", etag: 1,
};

test("what was left empty is not sent", () => {
  const values = { ...accountValues(), name: " Main ", sid: "acme1", apiKey: "k", apiToken: "t" };
  expect(accountInput(values)).toEqual({ name: "Main", provider: "exotel", sid: "acme1", apiKey: "k", apiToken: "t" });
});

test("Exotel's fields are not sent for Twilio", () => {
  const values = { ...accountValues(), provider: "twilio" as const, name: "T", sid: "AC1", apiToken: "t", region: "in", appId: "7" };
  expect(accountInput(values)).toEqual({ name: "T", provider: "twilio", sid: "AC1", apiToken: "t" });
});

test("a change holds only what differs, and credentials only when they were typed", () => {
  expect(accountPatch(accountValues(saved), saved)).toEqual({});
  expect(accountPatch({ ...accountValues(saved), appId: "7", apiToken: "new" }, saved)).toEqual({ appId: "7", apiToken: "new" });
  expect(accountPatch({ ...accountValues({ ...saved, appId: "7" }), appId: "" }, { ...saved, appId: "7" })).toEqual({ appId: "" });
});

test("Exotel needs a key beside its token, Twilio does not", () => {
  const values = { ...accountValues(), name: "A", sid: "s", apiToken: "t" };
  expect(accountComplete(values, false)).toBe(false);
  expect(accountComplete({ ...values, provider: "twilio" }, false)).toBe(true);
  expect(accountComplete({ ...values, apiToken: "" }, true)).toBe(true);
});
