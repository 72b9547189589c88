import { expect, it } from "vitest";
import { parse } from "../agent/document/document";
import { agentName, scratch } from "./scratch";

it("what an agent begins with can be read", () => {
  expect(parse(scratch("a", "model", "hi-IN")).data).toMatchObject({ name: "a", language: "hi-IN", llm: { provider: "openai" } });
  expect(parse(scratch("a", "script", "en-IN")).data).toMatchObject({ llm: { provider: "script" }, script: { first_stage: "start" } });
});

it("a name is made of what is typed", () => {
  expect(agentName("Front desk!")).toBe("front-desk-");
  expect(agentName("  -Été")).toBe("t-");
  expect(agentName("x".repeat(80))).toHaveLength(64);
});
