// What may stand at the cursor of a YAML text, from the schema. The text is being typed and need not be readable: its
// indentation tells where the cursor is.
import type { Path } from "../document/path";
import { resolve, schemaAt, type Schema } from "../document/schema";

export interface Option {
  label: string;
  detail?: string;
  info?: string;
  // What is put in, when it is more than the label.
  apply?: string;
}

export interface Cursor {
  // Of the map whose key is typed, or of the value.
  path: Path;
  what: "key" | "value";
  // Where the typed word begins.
  from: number;
}

const kKey = /^(\s*(?:- +)*)("[^"]*"|'[^']*'|[^\s#:{}[\],"'-][^:{}[\],]*?):(?:\s|$)/;

interface Line {
  indent: number;
  // Of each "- " before the key.
  dashes: number[];
  key?: string;
}

function readLine(line: string): Line | undefined {
  if (/^\s*(#|$)/.test(line)) return undefined;
  const dashes: number[] = [];
  let indent = line.search(/\S/);
  for (let match = /^- +/.exec(line.slice(indent)) ?? /^-$/.exec(line.slice(indent)); match; ) {
    dashes.push(indent);
    indent += match[0].length;
    match = /^- +/.exec(line.slice(indent));
  }
  const key = kKey.exec(line)?.[2]?.replace(/^["']|["']$/g, "");
  return { indent, dashes, key };
}

// The keys and indices around something at `column` of the line after `above`.
function pathAbove(above: string[], column: number): Path {
  const path: (string | number)[] = [];
  let limit = column;
  let item: { column: number; index: number } | undefined;
  for (let i = above.length - 1; i >= 0 && limit >= 0; --i) {
    const line = readLine(above[i] ?? "");
    if (!line) continue;
    if (item) {
      const own = line.dashes.includes(item.column);
      if (own) item.index += 1;
      if (own || line.indent > item.column || (line.dashes[0] ?? line.indent) > item.column) continue;
      path.unshift(item.index);
      item = undefined;
      // A list may stand as far left as the key that holds it.
      if (line.key !== undefined && line.dashes.length === 0 && line.indent <= limit) {
        path.unshift(line.key);
        limit = line.indent;
        continue;
      }
    }
    if (line.key !== undefined && line.indent < limit) {
      path.unshift(line.key);
      limit = line.indent;
    }
    const dash = line.dashes.filter((at) => at < limit).at(-1);
    if (dash !== undefined) {
      item = { column: dash, index: 0 };
      limit = dash;
    }
  }
  if (item) path.unshift(item.index);
  return path;
}

// "{provider: openai, mo" -> within a flow map: what was begun and not ended.
function flowAt(text: string): { keys: string[]; rest: string } | undefined {
  const keys: string[] = [];
  let start = -1;
  for (let i = 0; i < text.length; ++i) {
    if (text[i] === "{") {
      keys.push(/(["']?)([^"'{},:\s]+)\1:\s*$/.exec(text.slice(0, i))?.[2] ?? "");
      start = i + 1;
    } else if (text[i] === "}") keys.pop();
    else if (text[i] === ",") start = i + 1;
  }
  return keys.length > 0 ? { keys, rest: text.slice(start) } : undefined;
}

export function cursorAt(text: string, position: number): Cursor | undefined {
  const before = text.slice(0, position).split("\n");
  const line = before.pop() ?? "";
  if (/(^|\s)#/.test(line)) return undefined;
  const read = readLine(line);
  const column = read?.indent ?? line.length;
  const around = [...pathAbove(before, read?.dashes[0] ?? column)];
  // The items that this line begins.
  for (const dash of read?.dashes ?? []) around.push(indexAt(before, dash));
  const word = /[\w.:/-]*$/.exec(line)?.[0] ?? "";
  const from = position - word.length;

  const flow = flowAt(line);
  if (flow) {
    const inner = flow.keys.filter((key) => key !== "");
    const value = /^\s*([\w-]+):\s+(.*)$/.exec(flow.rest);
    const path = [...around, ...inner];
    if (value?.[1]) return { path: [...path, value[1]], what: "value", from: position - (value[2] ?? "").length };
    return { path, what: "key", from: position - (/[\w-]*$/.exec(line)?.[0].length ?? 0) };
  }
  const value = kKey.exec(line);
  if (value && value[2] !== undefined) {
    const start = line.length - line.slice(value[0].length).trimStart().length;
    return { path: [...around, value[2].replace(/^["']|["']$/g, "")], what: "value", from: position - (line.length - start) };
  }
  return { path: around, what: "key", from };
}

function indexAt(before: string[], dash: number): number {
  let index = 0;
  for (let i = before.length - 1; i >= 0; --i) {
    const line = readLine(before[i] ?? "");
    if (!line) continue;
    if (line.dashes.includes(dash)) ++index;
    else if ((line.dashes[0] ?? line.indent) <= dash) break;
  }
  return index;
}

const isObject = (schema: Schema) => schema.properties !== undefined || typeof schema.additionalProperties === "object";

// `valuesAt`: what is known beside the schema, such as models and stages.
export function optionsAt(root: Schema, cursor: Cursor, present: readonly string[], valuesAt: (path: Path) => Option[]): Option[] {
  const schema = schemaAt(root, cursor.path);
  if (!schema) return [];
  if (cursor.what === "key")
    return Object.entries(schema.properties ?? {})
      .filter(([name]) => !present.includes(name))
      .map(([name, property]) => {
        const member = resolve(root, property);
        const opens = isObject(member) ? ":" : ": ";
        return { label: name, detail: member.default === undefined ? undefined : String(member.default), info: member.description, apply: name + opens };
      });
  const own = (schema.enum ?? ([schema.type].flat().includes("boolean") ? ["true", "false"] : [])).map((label) => ({ label }));
  const more = [...valuesAt(cursor.path), ...(schema.examples ?? []).map((label) => ({ label }))];
  const options = [...own, ...more];
  return options.filter((option, i) => options.findIndex((other) => other.label === option.label) === i);
}

// What the schema says of the key at `position`.
export function hintAt(root: Schema, text: string, position: number): { from: number; to: number; schema: Schema } | undefined {
  const start = position - (/[\w-]*$/.exec(text.slice(0, position))?.[0].length ?? 0);
  const end = position + (/^[\w-]*/.exec(text.slice(position))?.[0].length ?? 0);
  if (start === end || !/^["']?:(\s|$)/.test(text.slice(end))) return undefined;
  const cursor = cursorAt(text, start);
  if (!cursor || cursor.what !== "key") return undefined;
  const schema = schemaAt(root, [...cursor.path, text.slice(start, end)]);
  return schema?.description ? { from: start, to: end, schema } : undefined;
}
