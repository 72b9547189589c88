import { describe, expect, it } from "vitest";
import { addItem, moveItem, parse, removeValue, renameKey, setValue } from "./document";

const file = `# Who answers the phone.
name: front-desk
prompt: >-
  You are the front desk
  of a hotel.

# How long to wait.
turn_taking:
  # measured
  endpointing: 600ms  # not less
  min_speech: 100ms

llm: {provider: script, model: y}
script:
  stages:
    start:
      rules:
        - patterns: [bye, "see you"]   # to end
          reply: "Goodbye."
          end_call: true
        # to go on
        - patterns: [more]
          reply: What else?
          go_to: next

    # the second one
    next:
      fallback: Sorry?
`;

const order = ["name", "kind", "language", "prompt", "stt", "llm", "filler", "turn_taking", "dtmf", "limits", "script"];

describe("a change of one value", () => {
  it("leaves every other line as it is", () => {
    expect(setValue(file, ["turn_taking", "endpointing"], "800ms")).toBe(file.replace("600ms", "800ms"));
    expect(setValue(file, ["script", "stages", "start", "rules", 0, "reply"], "Bye.")).toBe(file.replace('"Goodbye."', '"Bye."'));
    expect(setValue(file, ["llm", "model"], "z")).toBe(file.replace("model: y", "model: z"));
    expect(setValue(file, ["script", "stages", "start", "rules", 0, "end_call"], false)).toBe(file.replace("true", "false"));
  });

  it("keeps a folded text folded", () => {
    const text = setValue(file, ["prompt"], "You are polite.");
    expect(text).toBe(file.replace("  You are the front desk\n  of a hotel.\n", "  You are polite.\n"));
  });

  it("keeps quotes that somebody chose, not those that a value needed while it was typed", () => {
    const path = ["turn_taking", "endpointing"];
    expect(setValue(setValue(setValue(file, path, ""), path, "8"), path, "800ms")).toBe(file.replace("600ms", "800ms"));
    expect(setValue(file, ["script", "stages", "start", "rules", 0, "patterns", 1], "so long")).toBe(file.replace('"see you"', '"so long"'));
  });

  it("takes text that YAML would read as something else", () => {
    for (const value of ["yes", "12", "a: b", "# no comment", "{x}", "two\nlines", " blank ", "null", "- x", 'say "hi"']) {
      const text = setValue(file, ["script", "stages", "next", "fallback"], value);
      expect((parse(text).data as any).script.stages.next.fallback).toBe(value);
      expect(text).toContain("# the second one");
    }
  });
});

describe("a new value", () => {
  it("stands at the end of its section", () => {
    expect(setValue(file, ["turn_taking", "interrupt_after"], "1s")).toBe(
      file.replace("  min_speech: 100ms\n", "  min_speech: 100ms\n  interrupt_after: 1s\n"),
    );
    expect(setValue(file, ["llm", "voice"], "v")).toBe(file.replace("model: y}", "model: y, voice: v}"));
  });

  it("stands at the top where the schema puts it, below the remarks of what is before it", () => {
    const text = setValue(file, ["language"], "hi-IN", order);
    expect(text).toBe(file.replace("prompt: >-", "language: hi-IN\nprompt: >-"));
    expect(setValue(file, ["stt"], "x", ["name", "prompt", "stt", "turn_taking"])).toBe(file.replace("of a hotel.\n", "of a hotel.\nstt: x\n"));
    const section = setValue(file, ["filler", "say"], ["Hm."], order);
    expect(section).toBe(file.replace("# How long to wait.", "filler:\n  say:\n    - Hm.\n\n# How long to wait."));
  });

  it("begins a text that has nothing", () => {
    expect(setValue("", ["name"], "x")).toBe("name: x\n");
    expect(setValue("# only this\n", ["llm", "provider"], "openai")).toContain("llm:\n  provider: openai");
  });

  it("is added to lists", () => {
    const text = addItem(file, ["script", "stages", "start", "rules"], { keys: "0", escalate: true });
    expect(text).toBe(file.replace("          go_to: next\n", '          go_to: next\n        - keys: "0"\n          escalate: true\n'));
    expect(addItem(file, ["script", "stages", "next", "rules"], { reply: "x" })).toBe(file + "      rules:\n        - reply: x\n");
    expect(addItem(file, ["script", "stages", "start", "rules", 0, "patterns"], "done")).toBe(file.replace('"see you"]', '"see you", done]'));
  });

  it("is put into a stage that has nothing", () => {
    const empty = `${file}    last:\n`;
    expect((parse(setValue(empty, ["script", "stages", "last", "fallback"], "Hm?")).data as any).script.stages.last).toEqual({ fallback: "Hm?" });
    expect(setValue(empty, ["script", "stages", "last", "fallback"], "Hm?")).toContain("# the second one");
  });
});

describe("keys of a telephone", () => {
  it("may be written as numbers", () => {
    const text = "dtmf:\n  keys:\n    0: {action: escalate}\n    '1': {say: one}\n";
    expect(setValue(text, ["dtmf", "keys", "0", "say"], "hm")).toBe(text.replace("escalate}", "escalate, say: hm}"));
    expect(setValue(text, ["dtmf", "keys", "1", "say"], "two")).toBe(text.replace("say: one", "say: two"));
    expect(removeValue(text, ["dtmf", "keys", "0"])).toBe("dtmf:\n  keys:\n    '1': {say: one}\n");
    expect(setValue(text, ["dtmf", "keys", "2"], {})).toContain('    "2": {}\n');
  });
});

describe("what is removed", () => {
  it("takes its lines with it, and an empty section", () => {
    expect(removeValue(file, ["turn_taking", "min_speech"])).toBe(file.replace("  min_speech: 100ms\n", ""));
    expect(removeValue(file, ["turn_taking", "endpointing"])).toBe(file.replace("  # measured\n  endpointing: 600ms  # not less\n", ""));
    expect(removeValue(removeValue(file, ["turn_taking", "min_speech"]), ["turn_taking", "endpointing"])).not.toContain("turn_taking");
    expect(setValue(file, ["llm", "model"], undefined)).toBe(file.replace(", model: y", ""));
  });

  it("leaves an emptied stage there", () => {
    expect((parse(removeValue(file, ["script", "stages", "next", "fallback"])).data as any).script.stages).toHaveProperty("next");
  });

  it("takes the remark above it along", () => {
    const text = removeValue(file, ["script", "stages", "start", "rules", 1]);
    expect(text).not.toContain("to go on");
    expect(text).toContain("# to end");
    expect((parse(text).data as any).script.stages.start.rules).toHaveLength(1);
  });
});

describe("names and order", () => {
  it("renames in place", () => {
    expect(renameKey(file, ["script", "stages", "next"], "more")).toBe(file.replace("    next:", "    more:"));
    expect(renameKey(file, ["script", "stages", "next"], "no")).toBe(file.replace("    next:", '    "no":'));
  });

  it("moves items with their remarks", () => {
    const text = moveItem(file, ["script", "stages", "start", "rules"], 1, 0);
    expect((parse(text).data as any).script.stages.start.rules[0].go_to).toBe("next");
    for (const remark of ["# to end", "# to go on", "# the second one", "# measured"]) expect(text).toContain(remark);
  });
});

describe("a text that cannot be read", () => {
  it("is told with its line", () => {
    expect(parse("name: x\n  bad: [1\n").fault?.line).toBeGreaterThan(0);
    expect(parse("- a\n- b\n").fault?.line).toBe(1);
    expect(parse("").data).toEqual({});
  });
});
