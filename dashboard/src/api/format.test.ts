import { expect, test } from "vitest";
import { showCosts, showDuration, showLatency, showNumber } from "./format";

test("durations read like a clock", () => {
  expect(showDuration(65_000)).toBe("1:05");
  expect(showDuration(3_661_000)).toBe("1:01:01");
  expect(showDuration(0)).toBe("0:00");
  expect(showDuration(null)).toBe("–");
});

test("latencies change their unit at a second", () => {
  expect(showLatency(640.4)).toBe("640 ms");
  expect(showLatency(1320)).toBe("1.32 s");
});

test("Indian numbers are grouped, others are left as they are", () => {
  expect(showNumber("+919876543210")).toBe("+91 98765 43210");
  expect(showNumber("09999999999")).toBe("09999999999");
});

test("costs in several currencies stand side by side", () => {
  expect(showCosts([])).toBe("–");
  expect(showCosts([{ amount: 1.5, currency: "USD" }, { amount: 20, currency: "INR" }])).toContain(" + ");
});
