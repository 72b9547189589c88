// The values an agent's texts ask for: {{name}}, or {{name|what is said without it}}.
export interface Placeholder {
  name: string;
  // What stands in its place when no value is given.
  otherwise: string;
}

const pattern = /\{\{\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:\|([^}]*))?\}\}/g;

// In the order in which they appear; a name that is used several times is asked for once.
export function placeholdersOf(config: unknown): Placeholder[] {
  const found = new Map<string, string>();
  walk(config, (text) => {
    for (const [, name, otherwise] of text.matchAll(pattern))
      if (!found.get(name!)) found.set(name!, otherwise?.trim() ?? "");
  });
  return [...found].map(([name, otherwise]) => ({ name, otherwise }));
}

function walk(value: unknown, see: (text: string) => void) {
  if (typeof value === "string") see(value);
  else if (Array.isArray(value)) for (const each of value) walk(each, see);
  // A tool's address and headers take no values.
  else if (typeof value === "object" && value !== null)
    for (const [name, each] of Object.entries(value)) if (name !== "tools") walk(each, see);
}
