import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "../document/document";
import { addRule, addStage, freeName, removeRule, removeStage, renameStage } from "./edit";
import { readScript, stageGraph } from "./graph";

const text = readFileSync("../agents/appointment-desk.yaml", "utf8");
const graphOf = (yaml: string) => stageGraph(readScript(parse(yaml).data));

describe("the graph of a script", () => {
  const graph = graphOf(text);

  it("has the stages, the rules of every stage, and what ends a call", () => {
    expect(graph.nodes.filter((node) => node.kind === "stage").map((node) => node.name)).toContain("cancel_confirm");
    expect(graph.nodes.filter((node) => node.kind !== "stage").map((node) => node.kind).sort()).toEqual(["anywhere", "end", "person"]);
    expect(graph.nodes.find((node) => node.first)?.name).toBe("start");
    expect(graph.nodes.some((node) => node.lost)).toBe(false);
  });

  it("joins the rules between two stages to one arrow", () => {
    expect(graph.edges.find((edge) => edge.id === "stage:doctor>stage:day")?.labels).toHaveLength(2);
    expect(graph.edges.find((edge) => edge.id === "anywhere>person")).toBeDefined();
  });

  it("puts no two at one place, and what comes later further right", () => {
    const places = graph.nodes.map((node) => `${node.x},${node.y}`);
    expect(new Set(places).size).toBe(places.length);
    const x = (name: string) => graph.nodes.find((node) => node.name === name)?.x ?? -1;
    expect(x("start")).toBeLessThan(x("day"));
    expect(x("day")).toBeLessThan(x("phone"));
  });

  it("shows what is never reached and what is not there", () => {
    const broken = graphOf("script:\n  stages:\n    start:\n      rules:\n        - {patterns: [a], go_to: gone}\n    island: {}\n");
    expect(broken.nodes.find((node) => node.name === "island")?.lost).toBe(true);
    expect(broken.nodes.find((node) => node.name === "gone")?.kind).toBe("missing");
  });

  it("takes what is not a script for an empty one", () => {
    expect(graphOf("script: [1, 2]\n").nodes).toEqual([]);
    expect(graphOf("script:\n  stages:\n    a:\n    b: 5\n").nodes).toHaveLength(2);
  });
});

describe("changes of stages", () => {
  it("rename the stage wherever it is named, and nothing else", () => {
    const renamed = renameStage(text, "day", "which_day");
    expect(renamed).toBe(text.replace("\n    day:\n", "\n    which_day:\n").replaceAll("go_to: day\n", "go_to: which_day\n"));
    expect(readScript(parse(renameStage(text, "start", "hello")).data).first).toBe("hello");
  });

  it("add and remove", () => {
    const more = addStage(text, "new_one");
    expect(readScript(parse(more).data).stages.at(-1)?.name).toBe("new_one");
    expect(removeStage(more, "new_one")).toBe(text);
    const ruled = addRule(more, "new_one", { patterns: ["yes"], reply: "Good." });
    expect(readScript(parse(ruled).data).stages.at(-1)?.rules).toEqual([{ patterns: ["yes"], reply: "Good." }]);
    expect(readScript(parse(removeRule(ruled, "new_one", 0)).data).stages.at(-1)?.rules).toEqual([]);
    expect(freeName("day", ["day", "day_2"])).toBe("day_3");
  });

  it("begin a script", () => {
    const begun = addStage("name: x\n", "hello");
    expect(readScript(parse(begun).data)).toMatchObject({ first: "hello", stages: [{ name: "hello" }] });
  });
});
