import { expect, test } from "vitest";
import { shortens } from "./shortens";

test("nothing is for ever but zero", () => {
  const kept = { recordingsDays: 90, callsDays: 0 };
  expect(shortens(kept, kept)).toBe(false);
  expect(shortens({ ...kept, callsDays: 365 }, kept)).toBe(true);
  expect(shortens({ ...kept, recordingsDays: 30 }, kept)).toBe(true);
  expect(shortens({ ...kept, recordingsDays: 0 }, kept)).toBe(false);
});
