import { expect, test } from "vitest";
import { lineOf, readPrices, unitKind } from "./price_table";

test("a table is read with what it leaves out", () => {
  const prices = readPrices("prices:\n  - {vendor: openai, model: gpt-5*, currency: USD, as_of: 2026-01-01, input_tokens: 0.15, output_tokens: 10}\n  - {vendor: exotel, part: carrier, currency: INR, as_of: 2026-01-01, minutes: 0.6}\n");
  expect(prices).toHaveLength(2);
  expect(prices![0]).toMatchObject({ part: "llm", asOf: "2026-01-01", amounts: [{ unit: "input_tokens", amount: 0.15 }, { unit: "output_tokens", amount: 10 }] });
  expect(prices![1]).toMatchObject({ model: "*", amounts: [{ unit: "minutes", amount: 0.6 }] });
  expect(unitKind("cached_audio_tokens")).toBe("tokens");
});

test("what is no table is told apart from an empty one", () => {
  expect(readPrices("prices: [")).toBeNull();
  expect(readPrices("models: []")).toBeNull();
  expect(readPrices("")).toBeNull();
  expect(readPrices("prices: []")).toEqual([]);
});

test("the line of a complaint is found", () => {
  expect(lineOf("prices:12: prices[3].as_of: is needed")).toBe(12);
  expect(lineOf("prices.yaml:7:3: not valid YAML")).toBe(7);
  expect(lineOf("something else")).toBeNull();
});
