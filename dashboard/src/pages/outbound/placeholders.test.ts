import { expect, test } from "vitest";
import { placeholdersOf } from "./placeholders";

test("placeholders are found in every text, once each, with what is said without them", () => {
  expect(
    placeholdersOf({
      first_message: "Hello {{name|there}}, your bill of {{ amount }} is due.",
      prompt: "You talk to {{name}}.",
      transfer: { to: ["{{branch_number}}"] },
      limits: { max_duration: 5 },
    }),
  ).toEqual([
    { name: "name", otherwise: "there" },
    { name: "amount", otherwise: "" },
    { name: "branch_number", otherwise: "" },
  ]);
});

test("what is no placeholder is left alone, and tools take none", () => {
  expect(placeholdersOf({ prompt: "{name} {{}} {{1x}} {{a b}}", tools: [{ url: "https://x/{{id}}" }] })).toEqual([]);
  expect(placeholdersOf(null)).toEqual([]);
});
