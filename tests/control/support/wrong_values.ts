// From a JSON Schema and a value that fits it: values with one thing wrong in each.
import type { Json } from "./api.js";
import { type Document, escaped } from "./document.js";

export interface Wrong {
  what: string;
  pointer: string;
  body: Json;
}

const typesOf = (document: Document, schema: Json): string[] => {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((one: Json) => typesOf(document, document.resolve(one)));
  return schema.type === undefined ? [] : [schema.type].flat();
};
const samples: Record<string, Json> = {
  string: "text",
  integer: 7,
  number: 7.5,
  boolean: true,
  object: { a: 1 },
  array: ["a"],
  null: null,
};
const fits = (types: string[], kind: string) =>
  types.includes(kind) || (kind === "integer" && types.includes("number"));

// One thing wrong in a value at a time, for every part that the schema knows.
export function* wrongs(document: Document, schemaOrReference: Json, value: Json, pointer: string): Generator<Wrong> {
  const schema = document.resolve(schemaOrReference);
  const types = typesOf(document, schema);
  for (const [kind, sample] of Object.entries(samples))
    if (types.length > 0 && !fits(types, kind)) yield { what: `${kind} for ${types.join()}`, pointer, body: sample };
  if (schema.enum !== undefined) yield { what: "a word that is not allowed", pointer, body: "something else" };
  if (types.includes("string")) {
    if (schema.maxLength !== undefined) yield { what: "too long", pointer, body: "a".repeat(schema.maxLength + 1) };
    if (schema.minLength > 0) yield { what: "empty", pointer, body: "" };
    if (schema.pattern !== undefined) yield { what: "SQL", pointer, body: "' OR 1=1 --" };
    if (schema.format === "date-time") yield { what: "no time", pointer, body: "yesterday" };
    if (schema.format === "email") yield { what: "no address", pointer, body: "nobody" };
    yield { what: "NUL", pointer, body: "a\u0000b" };
  }
  if (types.includes("integer") || types.includes("number")) {
    if (schema.minimum !== undefined) yield { what: "too small", pointer, body: schema.minimum - 1 };
    if (schema.maximum !== undefined) yield { what: "too large", pointer, body: schema.maximum + 1 };
    yield { what: "huge", pointer, body: 1e300 };
    if (!types.includes("number")) yield { what: "a fraction", pointer, body: 1.5 };
  }
  if (types.includes("array")) {
    const one = Array.isArray(value) && value.length > 0 ? value[0] : null;
    if (schema.maxItems !== undefined) yield { what: "too many", pointer, body: Array(schema.maxItems + 1).fill(one) };
    if (schema.minItems > 0) yield { what: "none", pointer, body: [] };
    for (const { what, pointer: place, body } of wrongs(document, schema.items, one, `${pointer}/0`))
      yield { what: `first: ${what}`, pointer: place, body: [body] };
  }
  if (types.includes("object") && schema.properties !== undefined) {
    const given = typeof value === "object" && value !== null ? value : {};
    yield {
      what: "an unknown member",
      pointer: `${pointer}/${escaped("no~such/member")}`,
      body: { ...given, "no~such/member": 1 },
    };
    for (const name of (schema.required ?? []) as string[]) {
      const { [name]: _gone, ...rest } = given;
      yield { what: `without ${name}`, pointer: `${pointer}/${name}`, body: rest };
    }
    for (const [name, member] of Object.entries<Json>(schema.properties))
      for (const { what, pointer: place, body } of wrongs(document, member, given[name], `${pointer}/${name}`))
        yield { what: `${name}: ${what}`, pointer: place, body: { ...given, [name]: body } };
  }
}
