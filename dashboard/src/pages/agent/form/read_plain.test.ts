import { expect, it } from "vitest";
import { readPlain } from "./read_plain";

it("options are numbers and switches where they look so", () => {
  expect(readPlain("0.5", "")).toBe(0.5);
  expect(readPlain("true", "tru")).toBe(true);
  expect(readPlain("1.0", 1)).toBe("1.0");
  expect(readPlain("007", "00")).toBe("007");
  expect(readPlain("fast", 1)).toBe("fast");
  expect(readPlain("12", "1")).toBe("12");
});
