// Where a change is written into the text: only the lines of the smallest part that holds it, so that the rest of the
// file stays as its author wrote it. Each function gives the new text, or undefined where it has no way.
import { Document, Pair, Scalar, isCollection, isMap, isScalar, isSeq, type Node } from "yaml";
import type { Path } from "./path";

const kWidth = 120;

interface Place {
  node: Node;
  // Of the pair or item that holds the node.
  start: number;
  // Of a pair, whose text begins with it.
  key?: Scalar;
}

export function optionsFor(text: string) {
  return { lineWidth: kWidth, flowCollectionPadding: /\{ \S/.test(text) || !/\{\S/.test(text) };
}

function pairOf(node: Node, key: string | number): Pair<Node, Node | null> | undefined {
  if (!isMap(node)) return undefined;
  return (node.items as Pair<Node, Node | null>[]).find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));
}

// From the top to the last node there is on the way to `path`.
function walk(doc: Document.Parsed, path: Path): Place[] {
  const places: Place[] = [];
  let node = doc.contents as Node | null;
  if (!node?.range) return places;
  places.push({ node, start: node.range[0] });
  for (const key of path) {
    const pair: Pair<Node, Node | null> | undefined = pairOf(node, key);
    const next: Node | null | undefined = pair ? pair.value : isSeq(node) ? (node.items[Number(key)] as Node | undefined) : undefined;
    if (!next?.range) return places;
    places.push({ node: next, start: pair ? (pair.key.range?.[0] ?? 0) : next.range[0], key: isScalar(pair?.key) ? pair.key : undefined });
    node = next;
  }
  return places;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}

function indented(text: string, column: number): string {
  return text.replace(/\n(?=[^\n])/g, `\n${" ".repeat(column)}`);
}

function written(value: unknown, text: string): string {
  return new Document(value).toString(optionsFor(text)).replace(/\n+$/, "");
}

// Where what was written for a node ends, without the empty lines after it.
function endOf(text: string, node: Node): number {
  return text.slice(0, node.range?.[1] ?? 0).trimEnd().length;
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end;
}

// The part at `path`, or the nearest one around it that still is there, is written anew from the changed document.
export function rewritten(text: string, before: Document.Parsed, after: Document.Parsed, path: Path): string | undefined {
  const places = walk(before, path);
  const flow = places.findIndex((place) => isCollection(place.node) && place.node.flow);
  const depth = flow > 0 ? flow : places.length - 1;
  const place = places[depth];
  const there = path.slice(0, depth);
  if (depth === 0 || !place || !after.hasIn(there)) return undefined;
  const node = after.getIn(there, true) as Node;
  // A remark behind a value is outside of what is written anew; one inside of a section is written with it.
  const remark = node?.comment;
  if (isScalar(node) || (isCollection(node) && node.flow)) node.comment = undefined;
  const body = place.key ? pairText(place.key, node, text) : written(node, text);
  if (node) node.comment = remark;
  return text.slice(0, place.start) + indented(body, columnOf(text, place.start)) + text.slice(endOf(text, place.node));
}

function pairText(key: string | Scalar, node: Node, text: string): string {
  const holder = new Document({});
  const name = new Scalar(isScalar(key) ? key.value : key);
  // In the quotes it stood in.
  if (isScalar(key)) name.type = key.type;
  const pair = new Pair<unknown, unknown>(name, node);
  (holder.contents as unknown as { items: unknown[] }).items.push(pair);
  return holder.toString(optionsFor(text)).replace(/\n+$/, "");
}

// A new key at the end of a map, or a new item at the end of a list, that are written over several lines.
export function appended(text: string, before: Document.Parsed, after: Document.Parsed, path: Path): string | undefined {
  const places = walk(before, path);
  const holder = places.at(-1);
  const added = path.at(-1);
  if (!holder || places.length !== path.length || added === undefined) return undefined;
  if (places.some((place) => isCollection(place.node) && place.node.flow)) return undefined;
  const node = holder.node;
  if (!isCollection(node) || node.items.length === 0) return undefined;
  const value = after.getIn(path, true) as Node;
  const start = isSeq(node) ? text.lastIndexOf("-", (node.items[0] as Node).range?.[0] ?? 0) : ((node.items[0] as Pair<Node>).key.range?.[0] ?? 0);
  const column = columnOf(text, start);
  const body = isSeq(node) ? written([value], text) : pairText(String(added), value, text);
  const end = endOfLine(text, endOf(text, node));
  return `${text.slice(0, end)}\n${" ".repeat(column)}${indented(body, column)}${text.slice(end) || "\n"}`;
}

// A new key at the top, before the first one that `order` puts behind it.
export function placedByOrder(text: string, before: Document.Parsed, after: Document.Parsed, path: Path, order: readonly string[]): string | undefined {
  const [key] = path;
  if (typeof key !== "string" || !isMap(before.contents) || before.contents.flow || before.has(key)) return undefined;
  const rank = order.indexOf(key);
  const next = (before.contents.items as unknown as Pair<Node>[]).find((pair) => isScalar(pair.key) && order.indexOf(String(pair.key.value)) > rank);
  if (rank < 0 || !next?.key.range) return undefined;
  // The remarks above a key belong to it.
  let at = next.key.range[0];
  const lines = text.slice(0, at).split("\n").slice(0, -1);
  while (lines.length > 0 && /^#/.test(lines.at(-1) ?? "")) at -= (lines.pop() ?? "").length + 1;
  if (at === 0) at = next.key.range[0];
  const body = pairText(key, after.get(key, true) as Node, text);
  // One line joins those before it; a section stands by itself.
  if (!body.includes("\n")) while (text.slice(0, at).endsWith("\n\n")) --at;
  const gap = body.includes("\n") && /\n\n$/.test(text.slice(0, at)) ? "\n" : "";
  return `${text.slice(0, at)}${body}\n${gap}${text.slice(at)}`;
}

// A key or an item that fills whole lines is cut out with the remarks right above it.
export function cutOut(text: string, before: Document.Parsed, path: Path): string | undefined {
  const places = walk(before, path);
  const place = places.at(-1);
  const holder = places.at(-2);
  if (!place || !holder || places.length !== path.length + 1) return undefined;
  if (!isCollection(holder.node) || holder.node.items.length < 2) return undefined;
  if (places.slice(0, -1).some((around) => isCollection(around.node) && around.node.flow)) return undefined;
  const start = place.key ? place.start : text.lastIndexOf("-", place.start);
  let from = text.lastIndexOf("\n", start - 1) + 1;
  if (text.slice(from, start).trim() !== "") return undefined;
  const above = text.slice(0, from).split("\n").slice(0, -1);
  while (above.length > 0 && /^\s+#/.test(above.at(-1) ?? "")) from -= (above.pop() ?? "").length + 1;
  return text.slice(0, from) + text.slice(endOfLine(text, endOf(text, place.node)) + 1);
}
