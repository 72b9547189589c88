// A place in an agent's configuration: keys of maps and indices of lists, from the top.
export type Path = readonly (string | number)[];

// ["script", "stages", "a", "rules", 0] -> "script.stages.a.rules[0]", as the server writes places.
export function showPath(path: Path): string {
  return path.map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`)).join("");
}

// The reverse of showPath for keys of word characters and dashes; undefined for anything else.
export function readPath(text: string): Path | undefined {
  if (!/^[a-z_][\w-]*(\.[\w-]+|\[\d+\])*$/i.test(text)) return undefined;
  return Array.from(text.matchAll(/\[(\d+)\]|[\w-]+/g), ([part, index]) => (index === undefined ? part : Number(index)));
}

export function startsWith(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((part, i) => part === path[i]);
}

export function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && startsWith(a, b);
}

// The value at a place of plain data.
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (value !== null && typeof value === "object" ? (value as Record<string, unknown>)[part] : undefined),
    data,
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

// The same data, whatever the order of keys.
export function sameData(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameData(item, b[i]));
  if (isRecord(a) && isRecord(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameData(a[key], b[key]));
  }
  return a === b;
}
