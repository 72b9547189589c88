import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "./document";
import { readPath, showPath } from "./path";
import { locate, pathAtLine, problemAt, problemsIn } from "./problems";
import { kindOf, schemaAt, type Schema } from "./schema";

const schema = JSON.parse(readFileSync("../docs/agent.schema.json", "utf8")) as Schema;
const text = `name: x
llm: {provider: openai, modle: x}
turn_taking:
  endpointing: 5
script:
  first_stage: nope
  stages:
    a:
      rules:
        - patterns: ["(bye"]
          go_to: zzz
tools:
  - name: x
`;
const { document } = parse(text);

describe("paths", () => {
  it("are written as the server writes them", () => {
    expect(showPath(["tools", 0, "url"])).toBe("tools[0].url");
    expect(readPath("tools[0].url")).toEqual(["tools", 0, "url"]);
    expect(readPath("dtmf.keys.0")).toEqual(["dtmf", "keys", "0"]);
    expect(readPath("Why not")).toBeUndefined();
  });
});

describe("the place of a line", () => {
  it("is what begins there, else what goes over it", () => {
    expect(pathAtLine(document, text, 2)).toEqual(["llm"]);
    expect(pathAtLine(document, text, 4)).toEqual(["turn_taking", "endpointing"]);
    expect(pathAtLine(document, text, 8)).toEqual(["script", "stages", "a"]);
    expect(pathAtLine(document, text, 10)).toEqual(["script", "stages", "a", "rules", 0]);
    expect(pathAtLine(document, text, 11)).toEqual(["script", "stages", "a", "rules", 0, "go_to"]);
    expect(pathAtLine(document, text, 99)).toEqual([]);
  });
});

describe("problems", () => {
  const problems = locate(
    [
      { line: 0, detail: "name: is needed: small letters" },
      { line: 2, detail: "unknown key 'modle' in llm; allowed: provider, model (did you mean 'model'?)" },
      { line: 4, detail: "turn_taking.endpointing: must be a duration" },
      { line: 10, detail: "a rule needs a reply, unless it ends the call or escalates" },
      { line: 11, detail: "go_to: no stage 'zzz' in script.stages" },
      { line: 13, detail: "tools[0].url: is needed: an address" },
    ],
    document,
    text,
    schema,
  );

  it("are found beside their field", () => {
    expect(problemAt(problems, ["name"])).toBe("is needed: small letters");
    expect(problemAt(problems, ["turn_taking", "endpointing"])).toBe("must be a duration");
    expect(problemAt(problems, ["script", "stages", "a", "rules", 0])).toContain("a rule needs a reply");
    expect(problemAt(problems, ["script", "stages", "a", "rules", 0, "go_to"])).toContain("no stage");
    expect(problemAt(problems, ["tools", 0, "url"])).toContain("is needed");
  });

  it("are counted by section", () => {
    expect(problemsIn(problems, ["llm"])).toHaveLength(1);
    expect(problemsIn(problems, ["script"])).toHaveLength(2);
    expect(problemsIn(problems, [])).toHaveLength(6);
  });
});

describe("the schema", () => {
  it("tells how each value is edited", () => {
    const kind = (...path: (string | number)[]) => kindOf(schema, schemaAt(schema, path)!);
    expect(kind("turn_taking", "endpointing")).toBe("duration");
    expect(kind("llm")).toBe("provider");
    expect(kind("recording", "transcribe")).toBe("provider");
    expect(kind("kind")).toBe("choice");
    expect(kind("filler", "say")).toBe("texts");
    expect(kind("transfer", "to")).toBe("texts");
    expect(kind("tools")).toBe("list");
    expect(kind("tools", 0, "headers")).toBe("values");
    expect(kind("tools", 0, "parameters")).toBe("object");
    expect(kind("dtmf", "keys")).toBe("map");
    expect(kind("limits")).toBe("group");
    expect(kind("script", "stages", "a", "rules", 0, "end_call")).toBe("switch");
    expect(kind("vad", "energy_threshold")).toBe("number");
  });

  it("keeps what is said at the place itself", () => {
    expect(schemaAt(schema, ["llm"])?.description).toBe("The chat model.");
    expect(schemaAt(schema, ["turn_taking", "endpointing"])?.default).toBe("600ms");
    expect(schemaAt(schema, ["nothing"])).toBeUndefined();
  });
});
