import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { sectionsOf } from "./sections";

it("every part of the schema has its section", () => {
  const schema = JSON.parse(readFileSync("../docs/agent.schema.json", "utf8")) as { properties: object };
  const keys = Object.keys(schema.properties);
  const placed = sectionsOf(keys).flatMap((section) => section.keys);
  expect(placed.sort()).toEqual(keys.filter((key) => key !== "script").sort());
  expect(sectionsOf([...keys, "novelty"]).at(-1)).toEqual({ id: "other", keys: ["novelty"] });
});
