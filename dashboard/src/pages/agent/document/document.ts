// The configuration is a YAML text. A form changes one value of it: comments, order and the writing of everything else
// stay. Functions take the text and give the new one; the text must be YAML that can be read.
import { isCollection, isMap, isScalar, isSeq, parseDocument, stringify, type Document, type Node, type Pair, type YAMLMap, type YAMLSeq } from "yaml";
import { isRecord, sameData, valueAt, type Path } from "./path";
import { appended, cutOut, optionsFor, placedByOrder, rewritten } from "./splice";

export interface Parsed {
  document: Document.Parsed;
  // {} for a text without anything.
  data: Record<string, unknown>;
  // Not YAML: the first fault, with its line from 1.
  fault?: { line: number; detail: string };
}

export function parse(text: string): Parsed {
  const document = parseDocument(text, { prettyErrors: true });
  const error = document.errors[0];
  if (error) return { document, data: {}, fault: { line: error.linePos?.[0].line ?? 0, detail: error.message.split("\n")[0] ?? "" } };
  const data: unknown = document.contents === null ? {} : document.toJS({ maxAliasCount: 100 });
  if (!isRecord(data)) return { document, data: {}, fault: { line: 1, detail: "key: value" } };
  return { document, data };
}

type Writing = (before: Document.Parsed, after: Document.Parsed) => string | undefined;

// Changes a copy of the document, then takes the first way of writing it that says the same.
function changed(text: string, change: (document: Document.Parsed) => void, ways: Writing[]): string {
  const before = parseDocument(text);
  const after = parseDocument(text);
  change(after);
  const wanted: unknown = after.contents === null ? null : after.toJS();
  for (const way of ways) {
    const candidate = way(before, after);
    if (candidate === undefined) continue;
    const read = parseDocument(candidate);
    if (read.errors.length === 0 && sameData(read.toJS(), wanted)) return candidate;
  }
  return after.toString(optionsFor(text));
}

function nodeAt(document: Document.Parsed, path: Path): Node | undefined {
  return (path.length === 0 ? document.contents : document.getIn(path, true)) as Node | undefined;
}

function setIn(document: Document.Parsed, path: Path, value: unknown) {
  const old = path.length > 0 ? nodeAt(document, path) : undefined;
  if (isScalar(old) && (typeof value === "string" || typeof value === "number" || typeof value === "boolean")) {
    // Quotes stay where their author chose them, not where the old value could not do without.
    if (typeof value !== typeof old.value || /^["']/.test(stringify(old.value))) old.type = undefined;
    old.value = value;
    return;
  }
  // A stage without anything is null, and may get something.
  for (let depth = 0; depth < path.length; ++depth) {
    const holder = path.slice(0, depth);
    const node = nodeAt(document, holder);
    if (isCollection(node)) continue;
    const made = document.createNode(typeof path[depth] === "number" ? [] : {});
    if (depth === 0) document.contents = made as unknown as Document.Parsed["contents"];
    else document.setIn(holder, made);
  }
  document.setIn(path, document.createNode(value));
}

// Keys of data are texts; in the file they may be numbers, such as the keys of a telephone.
function asWritten(text: string, path: Path): Path {
  const { document } = parse(text);
  const result: (string | number)[] = [];
  for (const part of path) {
    const holder = nodeAt(document, result);
    const pair = isMap<Node>(holder) ? holder.items.find(({ key }) => isScalar(key) && String(key.value) === String(part)) : undefined;
    result.push(pair && isScalar(pair.key) ? (pair.key.value as string | number) : part);
  }
  return result;
}

export function setValue(text: string, place: Path, value: unknown, order: readonly string[] = []): string {
  if (value === undefined) return removeValue(text, place);
  const path = asWritten(text, place);
  return changed(text, (document) => setIn(document, path, value), [
    (before, after) => (before.hasIn(path) ? rewritten(text, before, after, path) : undefined),
    (before, after) => {
      // The deepest holder that is there takes what is new below it.
      let depth = path.length;
      while (depth > 1 && !isCollection(before.getIn(path.slice(0, depth - 1), true))) --depth;
      return appendedAt(text, before, after, path.slice(0, depth), order);
    },
    (before, after) => rewritten(text, before, after, path),
  ]);
}

function appendedAt(text: string, before: Document.Parsed, after: Document.Parsed, path: Path, order: readonly string[]) {
  if (before.hasIn(path)) return rewritten(text, before, after, path);
  if (path.length === 1) return placedByOrder(text, before, after, path, order) ?? appended(text, before, after, path);
  return appended(text, before, after, path);
}

// Sections that say nothing any more go as well; `keep`: how many parts of the path stay, however empty.
export function removeValue(text: string, place: Path, keep = place[0] === "script" ? place.length - 1 : 0): string {
  const path = asWritten(text, place);
  const { document, data } = parse(text);
  if (!document.hasIn(path)) return text;
  let gone = path;
  while (gone.length > keep + 1) {
    const holder = gone.slice(0, -1);
    const value = valueAt(data, holder);
    const size = Array.isArray(value) ? value.length : isRecord(value) ? Object.keys(value).length : 2;
    if (holder.length === 0 || size > 1) break;
    gone = holder;
  }
  return changed(text, (after) => void after.deleteIn(gone), [
    (before) => cutOut(text, before, gone),
    (before, after) => rewritten(text, before, after, gone.slice(0, -1)),
  ]);
}

export function renameKey(text: string, place: Path, name: string): string {
  const path = asWritten(text, place);
  const holder = path.slice(0, -1);
  const find = (document: Document.Parsed) =>
    (nodeAt(document, holder) as YAMLMap<Node, Node>).items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(path.at(-1))) as Pair<Node>;
  return changed(
    text,
    (document) => {
      const { key } = find(document);
      if (isScalar(key)) key.value = name;
    },
    [
      (before) => {
        const range = find(before).key.range;
        if (!range) return undefined;
        const plain = /^[a-z_][\w-]*$/i.test(name) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(name);
        return text.slice(0, range[0]) + (plain ? name : JSON.stringify(name)) + text.slice(range[1]);
      },
    ],
  );
}

export function addItem(text: string, path: Path, value: unknown, order: readonly string[] = []): string {
  const list = valueAt(parse(text).data, path);
  return setValue(text, Array.isArray(list) && list.length > 0 ? [...path, list.length] : path, Array.isArray(list) && list.length > 0 ? value : [value], order);
}

export function moveItem(text: string, place: Path, from: number, to: number): string {
  const path = asWritten(text, place);
  return changed(
    text,
    (document) => {
      const list = nodeAt(document, path);
      if (!isSeq(list)) return;
      const [item] = (list as YAMLSeq).items.splice(from, 1);
      (list as YAMLSeq).items.splice(to, 0, item);
    },
    [(before, after) => rewritten(text, before, after, path)],
  );
}
