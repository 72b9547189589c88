// The JSON Schema of agents, as far as forms, completion and hints ask it.
import type { Path } from "./path";

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  description?: string;
  type?: string | string[];
  enum?: string[];
  default?: unknown;
  examples?: string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  items?: Schema;
  anyOf?: Schema[];
  // Which of $defs it came from.
  named?: string;
}

export function resolve(root: Schema, schema: Schema): Schema {
  let result = schema;
  for (let step = 0; result.$ref && step < 8; ++step) {
    const { $ref, ...own } = result;
    const named = $ref.split("/").pop() ?? "";
    const described = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
    result = { ...root.$defs?.[named], named, ...described };
  }
  return result;
}

function below(root: Schema, schema: Schema, key: string | number): Schema | undefined {
  if (typeof key === "number") {
    if (schema.items) return resolve(root, schema.items);
    const list = schema.anyOf?.map((one) => resolve(root, one)).find((one) => one.items);
    return list?.items && resolve(root, list.items);
  }
  const property = schema.properties?.[key];
  if (property) return resolve(root, property);
  return typeof schema.additionalProperties === "object" ? resolve(root, schema.additionalProperties) : undefined;
}

export function schemaAt(root: Schema, path: Path): Schema | undefined {
  let schema: Schema | undefined = root;
  for (const key of path) schema = schema && below(root, schema, key);
  return schema;
}

export type FieldKind =
  | "switch"
  | "choice"
  | "number"
  | "duration"
  | "text"
  | "texts" // one text or several
  | "provider"
  | "synonyms" // names with one text or several
  | "values" // names with plain values
  | "object" // an object whose members the schema does not know
  | "group" // an object whose members it knows
  | "list" // of objects
  | "map"; // names with objects

export function kindOf(root: Schema, schema: Schema): FieldKind {
  if (schema.named === "duration" || schema.named === "provider") return schema.named;
  if (schema.named === "choice") return "provider";
  if (schema.enum) return "choice";
  const types = [schema.type ?? []].flat();
  if (schema.named === "texts" || schema.anyOf || types.includes("array")) {
    const item = below(root, schema, 0);
    return item && [item.type].flat().includes("object") ? "list" : "texts";
  }
  if (types.includes("boolean")) return "switch";
  if (types.includes("integer") || types.includes("number")) return "number";
  if (!types.includes("object")) return "text";
  if (schema.properties) return "group";
  if (typeof schema.additionalProperties !== "object") return "object";
  const member = resolve(root, schema.additionalProperties);
  return member.properties ? "map" : member.anyOf ? "synonyms" : "values";
}

// "min_speech" -> "Min speech": for a key that has no label yet.
export function readable(key: string): string {
  const words = key.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
