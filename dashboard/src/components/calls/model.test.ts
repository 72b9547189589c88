import { expect, test } from "vitest";
import { isOver, lookAgainMs, ownNumberOf, partyOf } from "./model";

test("who is at the other end depends on who called", () => {
  const call = { from: "caller", to: "ours" };
  expect(partyOf({ ...call, direction: "inbound" })).toBe("caller");
  expect(partyOf({ ...call, direction: "outbound" })).toBe("ours");
  expect(ownNumberOf({ ...call, direction: "inbound" })).toBe("ours");
});

test("a call that waits, rings or is talked in is not over", () => {
  expect((["queued", "ringing", "in_progress"] as const).some(isOver)).toBe(false);
  expect((["completed", "failed", "interrupted", "busy", "no_answer", "canceled"] as const).every(isOver)).toBe(true);
});

test("a call is looked at again while it goes on, and while the carrier puts the caller through", () => {
  const endedAt = "2026-01-01T00:00:00.000Z";
  const now = new Date(endedAt).getTime() + 5000;
  const transfer = (status: string) => ({ to: "1", status, detail: "" });
  expect(lookAgainMs(undefined, now)).toBe(false);
  expect(lookAgainMs({ status: "in_progress", transfer: null, endedAt: null }, now)).toBe(15_000);
  expect(lookAgainMs({ status: "in_progress", transfer: null, endedAt: null }, now, true)).toBe(500);
  expect(lookAgainMs({ status: "completed", transfer: null, endedAt }, now, true)).toBe(false);
  expect(lookAgainMs({ status: "completed", transfer: null, endedAt }, now)).toBe(false);
  expect(lookAgainMs({ status: "completed", transfer: transfer("asked"), endedAt }, now)).toBe(3000);
  expect(lookAgainMs({ status: "completed", transfer: transfer("connected"), endedAt }, now)).toBe(false);
  expect(lookAgainMs({ status: "completed", transfer: transfer("asked"), endedAt }, now + 3_600_000)).toBe(false);
});
