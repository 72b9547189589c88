import { describe, expect, it } from "vitest";
import { hunks, lineDiff } from "./line_diff";

const numbered = (n: number) => Array.from({ length: n }, (_, i) => `line ${i + 1}`);

describe("the difference of two texts", () => {
  it("is told by line, with the number on each side", () => {
    const lines = lineDiff("a\nb\nc\n", "a\nx\nc\nd\n");
    expect(lines.map((line) => `${line.kind[0]} ${line.text}`)).toEqual(["s a", "r b", "a x", "s c", "a d"]);
    expect(lines.at(-1)).toEqual({ kind: "added", text: "d", before: undefined, after: 4 });
  });

  it("is nothing for the same text", () => {
    expect(hunks(lineDiff("a\nb\n", "a\nb\n"))).toEqual([]);
  });

  it("leaves out what lies far from every change", () => {
    const before = numbered(40);
    const after = [...before];
    after[4] = "new";
    after[9] = "new";
    after[30] = "new";
    const parts = hunks(lineDiff(before.join("\n"), after.join("\n")));
    expect(parts).toHaveLength(2);
    expect(parts[0]?.[0]?.before).toBe(2);
    expect(parts[0]?.filter((line) => line.kind === "same")).toHaveLength(3 + 4 + 3);
    expect(parts[1]?.at(-1)?.before).toBe(34);
  });

  it("does not take long for texts that have nothing in common", () => {
    const lines = lineDiff(numbered(5000).join("\n"), numbered(5000).map((line) => `${line}!`).join("\n"));
    expect(lines).toHaveLength(10_000);
  });
});
