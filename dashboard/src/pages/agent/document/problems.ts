// The server tells a problem with its line and sometimes its place; a form shows it beside the field it is about.
import { isMap, isScalar, isSeq, type Document, type Node } from "yaml";
import { readPath, samePath, startsWith, type Path } from "./path";
import { schemaAt, type Schema } from "./schema";

export interface Told {
  line: number;
  detail: string;
}

export interface Problem extends Told {
  path: Path;
  // Without the place, for beside the field.
  short: string;
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) ++line;
  return line;
}

// What begins on the line, the outermost of it; else the innermost that goes over it.
export function pathAtLine(document: Document.Parsed, text: string, line: number): Path {
  let around: Path = [];
  const search = (node: Node | null, path: Path): Path | undefined => {
    const members: Array<{ key: string | number; value: Node | null; start: number }> = isMap<Node, Node | null>(node)
      ? node.items.map((pair) => ({ key: isScalar(pair.key) ? String(pair.key.value) : "", value: pair.value, start: pair.key.range?.[0] ?? 0 }))
      : isSeq<Node>(node)
        ? node.items.map((value, key) => ({ key, value, start: value.range?.[0] ?? 0 }))
        : [];
    for (const { key, value, start } of members) {
      const here = [...path, key];
      const first = lineOf(text, start);
      if (first === line) return here;
      if (first > line) return undefined;
      if (lineOf(text, Math.max(start, (value?.range?.[1] ?? start) - 1)) < line) continue;
      around = here;
      const found = search(value, here);
      if (found) return found;
    }
    return undefined;
  };
  return search(document.contents as Node | null, []) ?? around;
}

export function locate(told: readonly Told[], document: Document.Parsed, text: string, schema: Schema): Problem[] {
  return told.map(({ line, detail }) => {
    const place = line > 0 ? pathAtLine(document, text, line) : [];
    const [prefix, name] = /^([a-z_][\w.[\]-]*): /.exec(detail) ?? ["", ""];
    const named = readPath(name);
    const short = detail.slice(prefix.length);
    if (named && named.length > 0) {
      if (schemaAt(schema, named)) return { line, detail, path: named, short };
      if (startsWith([...place].reverse(), [...named].reverse())) return { line, detail, path: place, short };
      const inside = [...place, ...named];
      if (schemaAt(schema, inside)) return { line, detail, path: inside, short };
    }
    const unknown = /^unknown key '([^']+)' in ([\w.[\]-]+)/.exec(detail);
    const holder = readPath(unknown?.[2] ?? "");
    if (unknown?.[1] && holder && schemaAt(schema, holder)) return { line, detail, path: [...holder, unknown[1]], short: detail };
    return { line, detail, path: place, short: detail };
  });
}

// What stands beside the field itself.
export function problemAt(problems: readonly Problem[], path: Path): string | undefined {
  const here = problems.filter((problem) => samePath(problem.path, path)).map((problem) => problem.short);
  return here.length > 0 ? here.join(" ") : undefined;
}

// What is wrong somewhere in a part.
export function problemsIn(problems: readonly Problem[], path: Path): Problem[] {
  return problems.filter((problem) => startsWith(problem.path, path));
}
