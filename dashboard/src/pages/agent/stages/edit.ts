// Changes of a script's stages, as changes of the text that holds them.
import { addItem, parse, removeValue, renameKey, setValue } from "../document/document";
import { isRecord, valueAt, type Path } from "../document/path";
import { readScript, type Rule } from "./graph";

export const stagePath = (name: string): Path => ["script", "stages", name];

// Where the rules of a stage are, or those of every stage for null.
export const rulesPath = (stage: string | null): Path => (stage === null ? ["script", "anywhere"] : [...stagePath(stage), "rules"]);

// "stage", "stage_2" …: a name that is not taken.
export function freeName(wanted: string, taken: readonly string[]): string {
  if (!taken.includes(wanted)) return wanted;
  let number = 2;
  while (taken.includes(`${wanted}_${number}`)) ++number;
  return `${wanted}_${number}`;
}

export function addStage(text: string, name: string, order: readonly string[] = []): string {
  const { data } = parse(text);
  const first = readScript(data).stages.length === 0 && valueAt(data, ["script", "first_stage"]) === undefined && name !== "start";
  const added = setValue(text, stagePath(name), { rules: [] }, order);
  return first ? setValue(added, ["script", "first_stage"], name, order) : added;
}

// What led to the stage leads to its new name.
export function renameStage(text: string, from: string, to: string): string {
  const script = readScript(parse(text).data);
  let result = renameKey(text, stagePath(from), to);
  const follow = (rules: Rule[], path: Path) =>
    rules.forEach((rule, i) => {
      if (rule.go_to === from) result = setValue(result, [...path, i, "go_to"], to);
    });
  for (const stage of script.stages) follow(stage.rules, rulesPath(stage.name === from ? to : stage.name));
  follow(script.anywhere, rulesPath(null));
  const first = valueAt(parse(text).data, ["script", "first_stage"]);
  if (first === from || (first === undefined && from === "start")) result = setValue(result, ["script", "first_stage"], to);
  return result;
}

// Rules that led to it stay and lead nowhere: who removed it sees them as problems.
export function removeStage(text: string, name: string): string {
  return removeValue(text, stagePath(name));
}

export function addRule(text: string, stage: string | null, rule: Rule, order: readonly string[] = []): string {
  return addItem(text, rulesPath(stage), rule, order);
}

export function removeRule(text: string, stage: string | null, index: number): string {
  const path = rulesPath(stage);
  const rules = valueAt(parse(text).data, path);
  // The last one goes with its list.
  return Array.isArray(rules) && rules.length === 1 ? removeValue(text, path) : removeValue(text, [...path, index]);
}

export function isScripted(data: Record<string, unknown>): boolean {
  const provider = isRecord(data.llm) ? data.llm.provider : undefined;
  return provider === undefined || provider === "script";
}
