import { expect, test } from "vitest";
import { usageLines } from "./cost";

const row = (part: "stt" | "llm" | "tts" | "carrier", more = {}) => ({
  turn: 1, part, vendor: "v", model: "m", estimated: false, cost: { amount: 0.5, currency: "USD" }, ...more,
});

test("rows of the same part, vendor and model are one line, in the order of a turn", () => {
  const lines = usageLines([
    row("tts", { characters: 10 }), row("llm", { inputTokens: 3 }), row("tts", { characters: 5, estimated: true }), row("stt", { audioSeconds: 1.5 }),
  ]);
  expect(lines.map((line) => line.part)).toEqual(["stt", "llm", "tts"]);
  expect(lines[2]).toMatchObject({ requests: 2, used: { characters: 15 }, estimated: true, costs: [{ amount: 1, currency: "USD" }] });
  expect(lines[0]!.used).toEqual({ audioSeconds: 1.5 });
});

test("currencies are not added, and what has no price says so", () => {
  const [line] = usageLines([row("tts"), row("tts", { cost: { amount: 2, currency: "INR" } }), row("tts", { cost: null })]);
  expect(line!.costs).toEqual([{ amount: 0.5, currency: "USD" }, { amount: 2, currency: "INR" }]);
  expect(line!.withoutPrice).toBe(true);
});
