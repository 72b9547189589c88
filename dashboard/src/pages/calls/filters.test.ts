import { expect, test } from "vitest";
import { countOf, exportAddress, filtersOf, noFilters, queryOf, searchOf } from "./filters";

const now = new Date(2026, 10, 21, 15, 30);

test("an empty address has no filters, and no filters have an empty address", () => {
  expect(filtersOf({})).toEqual(noFilters);
  expect(Object.values(searchOf(noFilters)).every((value) => value === undefined)).toBe(true);
  expect(queryOf(noFilters, now)).toEqual({});
});

test("what is in the address comes back from it", () => {
  const filters = { ...noFilters, range: "7d" as const, agent: "front-desk", status: "busy", number: "98765", text: "refund" };
  expect(filtersOf(searchOf(filters))).toEqual(filters);
  const custom = { ...noFilters, range: "custom" as const, since: "2026-11-01T00:00", before: "2026-11-02T12:30" };
  expect(filtersOf(searchOf(custom))).toEqual(custom);
});

test("times alone are a custom range, beside a preset they are nothing", () => {
  expect(filtersOf({ since: "2026-11-01T00:00" }).range).toBe("custom");
  expect(filtersOf({ range: "7d", since: "2026-11-01T00:00" })).toMatchObject({ range: "7d", since: "" });
});

test("words that are no filter are left aside", () => {
  expect(filtersOf({ range: "yesterday", status: "lost", other: "x" })).toEqual(noFilters);
});

test("presets count from now, today from midnight here", () => {
  expect(queryOf({ ...noFilters, range: "24h" }, now).since).toBe(new Date(2026, 10, 20, 15, 30).toISOString());
  expect(queryOf({ ...noFilters, range: "today" }, now).since).toBe(new Date(2026, 10, 21).toISOString());
});

test("a number that has just been begun and a broken time ask for nothing", () => {
  expect(queryOf({ ...noFilters, number: "98" }, now)).toEqual({});
  expect(queryOf({ ...noFilters, range: "custom", since: "2026-13" }, now)).toEqual({});
});

test("the table has the same filters", () => {
  expect(exportAddress({})).toBe("/api/v1/calls.csv");
  expect(exportAddress({ agent: "a b", text: "x&y" })).toBe("/api/v1/calls.csv?agent=a+b&text=x%26y");
});

test("filters are counted without the words that are searched for", () => {
  expect(countOf({ ...noFilters, range: "7d", agent: "a", text: "t" })).toBe(2);
});
