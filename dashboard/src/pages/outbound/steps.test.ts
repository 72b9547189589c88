import { expect, test } from "vitest";
import { progressOf } from "./steps";

const call = (status: Parameters<typeof progressOf>[0]["status"], turnsCount = 0) => ({ status, turnsCount, durationMs: null });

test("a call that goes on stands at its step", () => {
  expect(progressOf(call("queued"))).toMatchObject({ active: 0, reached: false });
  expect(progressOf(call("ringing")).active).toBe(1);
  expect(progressOf(call("in_progress"))).toMatchObject({ active: 2, reached: true });
});

test("one that is over shows the way it went and no other", () => {
  expect(progressOf(call("completed", 3))).toEqual({ steps: ["queued", "ringing", "in_progress", "ended"], active: 3, reached: true });
  expect(progressOf(call("busy"))).toEqual({ steps: ["queued", "ringing", "ended"], active: 2, reached: false });
  expect(progressOf(call("canceled"))).toEqual({ steps: ["queued", "ended"], active: 1, reached: false });
  expect(progressOf(call("failed", 2)).reached).toBe(true);
});
