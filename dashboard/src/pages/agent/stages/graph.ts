// A script as a picture: stages and what leads from one to another, with a place for each.
import { isRecord } from "../document/path";

export interface Rule {
  patterns?: string | string[];
  keys?: string | string[];
  reply?: string;
  go_to?: string;
  end_call?: boolean;
  escalate?: boolean;
}

export interface Stage {
  name: string;
  fallback: string;
  rules: Rule[];
}

export interface Script {
  first: string;
  stages: Stage[];
  anywhere: Rule[];
}

export type NodeKind = "stage" | "anywhere" | "end" | "person" | "missing";

export interface GraphNode {
  id: string;
  kind: NodeKind;
  // Of the stage; empty for the others.
  name: string;
  first: boolean;
  // Nothing leads there.
  lost: boolean;
  fallback: string;
  rules: number;
  x: number;
  y: number;
}

export interface GraphEdge {
  id: string;
  source: string;
  target: string;
  // What the caller says or presses, one for each rule.
  labels: string[];
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

// In the address, where a stage's name may stand, for what belongs to no stage.
export const kAnywhereSelected = "*anywhere";
export const kScriptSelected = "*script";

export const stageId = (name: string) => `stage:${name}`;
const kAnywhere = "anywhere";
const kColumn = 300;
const kRow = 150;

export function texts(value: unknown): string[] {
  return [value ?? []].flat().filter((text) => typeof text === "string" || typeof text === "number").map(String);
}

function rulesOf(value: unknown): Rule[] {
  return Array.isArray(value) ? value.map((rule) => (isRecord(rule) ? (rule as Rule) : {})) : [];
}

export function readScript(data: Record<string, unknown>): Script {
  const script = isRecord(data.script) ? data.script : {};
  const stages = isRecord(script.stages) ? script.stages : {};
  return {
    first: typeof script.first_stage === "string" ? script.first_stage : "start",
    stages: Object.entries(stages).map(([name, stage]) => ({
      name,
      fallback: isRecord(stage) && typeof stage.fallback === "string" ? stage.fallback : "",
      rules: rulesOf(isRecord(stage) ? stage.rules : undefined),
    })),
    anywhere: rulesOf(script.anywhere),
  };
}

export function ruleLabel(rule: Rule): string {
  return [...texts(rule.patterns), ...texts(rule.keys)][0] ?? "";
}

function targetsOf(rule: Rule): string[] {
  const targets = [];
  if (typeof rule.go_to === "string" && rule.go_to !== "") targets.push(stageId(rule.go_to));
  if (rule.end_call === true) targets.push("end");
  if (rule.escalate === true) targets.push("person");
  return targets;
}

export function stageGraph(script: Script): Graph {
  const edges = new Map<string, GraphEdge>();
  const connect = (source: string, rules: Rule[]) => {
    for (const rule of rules)
      for (const target of targetsOf(rule)) {
        const id = `${source}>${target}`;
        const edge = edges.get(id) ?? { id, source, target, labels: [] };
        edge.labels.push(ruleLabel(rule));
        edges.set(id, edge);
      }
  };
  for (const stage of script.stages) connect(stageId(stage.name), stage.rules);
  if (script.anywhere.length > 0) connect(kAnywhere, script.anywhere);

  const all = [...edges.values()];
  const nothing = { name: "", first: false, lost: false, fallback: "", rules: 0, x: 0, y: 0 };
  const nodes: GraphNode[] = script.stages.map((stage) => ({
    ...nothing,
    id: stageId(stage.name),
    kind: "stage",
    name: stage.name,
    first: stage.name === script.first,
    fallback: stage.fallback,
    rules: stage.rules.length,
  }));
  if (script.anywhere.length > 0) nodes.push({ ...nothing, id: kAnywhere, kind: "anywhere", rules: script.anywhere.length });
  for (const { target } of all) {
    if (nodes.some((node) => node.id === target)) continue;
    const kind = target === "end" || target === "person" ? target : "missing";
    nodes.push({ ...nothing, id: target, kind, name: kind === "missing" ? target.slice("stage:".length) : "" });
  }
  const ranks = ranksOf(nodes, all, stageId(script.first));
  for (const node of nodes) node.lost = node.kind === "stage" && !ranks.reached.has(node.id);
  place(nodes, all, ranks.rank);
  return { nodes, edges: all };
}

// How many steps from the first stage; what is never reached stands at the beginning, ends stand behind everything.
function ranksOf(nodes: GraphNode[], edges: GraphEdge[], first: string) {
  const rank = new Map<string, number>([[first, 0]]);
  const queue = [first];
  for (let id = queue.shift(); id !== undefined; id = queue.shift())
    for (const edge of edges)
      if (edge.source === id && !rank.has(edge.target)) {
        rank.set(edge.target, (rank.get(id) ?? 0) + 1);
        queue.push(edge.target);
      }
  const reached = new Set(rank.keys());
  for (const edge of edges) if (edge.source === kAnywhere) reached.add(edge.target);
  const last = Math.max(0, ...nodes.filter((node) => node.kind === "stage").map((node) => rank.get(node.id) ?? 0));
  for (const node of nodes) {
    if (node.kind === "end" || node.kind === "person") rank.set(node.id, last + 1);
    else if (!rank.has(node.id)) rank.set(node.id, 0);
  }
  return { rank, reached };
}

// Columns by rank; within one, near to where the arrows come from.
function place(nodes: GraphNode[], edges: GraphEdge[], rank: Map<string, number>) {
  const columns = new Map<number, GraphNode[]>();
  for (const node of nodes) {
    const column = rank.get(node.id) ?? 0;
    columns.set(column, [...(columns.get(column) ?? []), node]);
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const [column, members] of [...columns].sort(([a], [b]) => a - b)) {
    const pull = (node: GraphNode) => {
      const from = edges.filter((edge) => edge.target === node.id && (rank.get(edge.source) ?? 0) < column);
      return from.length === 0 ? 0 : from.reduce((sum, edge) => sum + (byId.get(edge.source)?.y ?? 0), 0) / from.length;
    };
    const ordered = members.map((node, index) => ({ node, index, pull: pull(node) })).sort((a, b) => a.pull - b.pull || a.index - b.index);
    ordered.forEach(({ node }, i) => {
      node.x = column * kColumn;
      node.y = (i - (ordered.length - 1) / 2) * kRow;
    });
  }
}
