import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Schema } from "../document/schema";
import { cursorAt, hintAt, optionsAt } from "./completion";

const schema = JSON.parse(readFileSync("../docs/agent.schema.json", "utf8")) as Schema;

// The cursor is at "|".
function at(marked: string) {
  const position = marked.indexOf("|");
  const text = marked.replace("|", "");
  const cursor = cursorAt(text, position);
  const options = cursor ? optionsAt(schema, cursor, [], (path) => (path.at(-1) === "provider" ? [{ label: "openai" }] : [])) : [];
  return { cursor, labels: options.map((option) => option.label), word: cursor && text.slice(cursor.from, position) };
}

describe("completion in an agent's YAML", () => {
  it("offers the sections at the top", () => {
    expect(at("name: x\ntu|").labels).toContain("turn_taking");
    expect(at("name: x\ntu|").word).toBe("tu");
  });

  it("offers the keys of the section by the indentation", () => {
    const { cursor, labels } = at("turn_taking:\n  endpointing: 1s\n  |");
    expect(cursor?.path).toEqual(["turn_taking"]);
    expect(labels).toContain("interrupt_after");
    expect(at("turn_taking:\n  endpointing: 1s\n|").cursor?.path).toEqual([]);
  });

  it("knows lists of objects", () => {
    const rule = at("script:\n  stages:\n    a:\n      rules:\n        - patterns: [x]\n          re|");
    expect(rule.cursor?.path).toEqual(["script", "stages", "a", "rules", 0]);
    expect(rule.labels).toContain("reply");
    const second = at("tools:\n  - name: a\n    url: b\n  - na|");
    expect(second.cursor?.path).toEqual(["tools", 1]);
    expect(second.labels).toContain("description");
    expect(at("tools:\n- name: a\n  |").cursor?.path).toEqual(["tools", 0]);
    expect(at("tools:\n- name: a\n  method: |").labels).toContain("PATCH");
    expect(at("tools:\n- name: a\nlim|").cursor?.path).toEqual([]);
  });

  it("offers values", () => {
    expect(at("kind: re|").labels).toEqual(["conversation", "realtime", "echo"]);
    expect(at("kind: re|").word).toBe("re");
    expect(at("recording:\n  enabled: |").labels).toEqual(["true", "false"]);
    expect(at("llm:\n  provider: o|").labels).toContain("openai");
    expect(at("stt:\n  fallbacks:\n    - provider: |").labels).toContain("openai");
  });

  it("knows maps in braces", () => {
    expect(at("llm: {provider: openai, mo|}").labels).toContain("model");
    expect(at("llm: {provider: o|}").labels).toContain("openai");
    expect(at("llm: {provider: o|}").word).toBe("o");
    expect(at('dtmf:\n  keys:\n    "0": {action: e|').labels).toContain("escalate");
  });

  it("says nothing in remarks and unknown places", () => {
    expect(at("# na|").cursor).toBeUndefined();
    expect(at("foo:\n  b|").labels).toEqual([]);
  });
});

describe("the hint of a key", () => {
  it("is what the schema says of it", () => {
    const text = "turn_taking:\n  endpointing: 1s\n";
    expect(hintAt(schema, text, text.indexOf("pointing"))?.schema.description).toContain("Silence that ends");
    expect(hintAt(schema, text, text.indexOf("1s"))).toBeUndefined();
  });
});
