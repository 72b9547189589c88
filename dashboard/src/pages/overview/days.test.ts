import { expect, test } from "vitest";
import { allDays } from "./days";
import { startOfDay } from "./queries";

test("days without calls stand in their place", () => {
  const days = allDays(new Date("2026-03-02T10:00:00Z"), 4, [{ group: "2026-03-01", calls: 3, minutes: 7.5 }]);
  expect(days.map((day) => day.day)).toEqual(["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]);
  expect(days.map((day) => day.calls)).toEqual([0, 0, 3, 0]);
});

test("a day begins at midnight of whoever looks", () => {
  const start = startOfDay(new Date(2026, 10, 21, 15, 30));
  expect([start.getDate(), start.getHours(), start.getMinutes()]).toEqual([21, 0, 0]);
});
