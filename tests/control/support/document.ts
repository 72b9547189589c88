// The API's description as the server gives it out: its operations with references followed, and its schemas as
// checks of what is really answered.
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { Answer, Json } from "./api.js";

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  schema: Json;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  summary: string;
  // What it needs; undefined of a public one.
  resource: string | undefined;
  level: "read" | "write" | "admin" | undefined;
  // At an address of its own shape: errors carry success and error, too.
  compatible: boolean;
  bodyLimit: number;
  parameters: Parameter[];
  // By content type.
  body: Record<string, { schema: Json; example: Json }>;
  bodyRequired: boolean;
  responses: Record<string, { content: Record<string, { schema: Json; example: Json }> }>;
}

const defaultBodyLimit = 262_144;

// What a JSON pointer's part is written like.
export const escaped = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1");

export class Document {
  readonly operations: Operation[] = [];
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, allowUnionTypes: true });

  constructor(readonly json: Json) {
    (formats as unknown as { default: (ajv: Ajv2020) => void }).default(this.ajv);
    this.ajv.addSchema(this.closed(json), "doc");
    for (const [path, item] of Object.entries<Json>(json.paths)) {
      for (const [method, operation] of Object.entries<Json>(item)) {
        if (method !== "parameters") this.operations.push(this.read(path, method, item, operation));
      }
    }
  }

  operation(id: string): Operation {
    const found = this.operations.find((operation) => operation.id === id);
    if (found === undefined) throw new Error(`no operation ${id}`);
    return found;
  }

  // Follows a reference, once or through several.
  resolve(value: Json): Json {
    let at = value;
    while (typeof at === "object" && at !== null && typeof at.$ref === "string") {
      const parts = at.$ref.slice(2).split("/") as string[];
      at = parts.reduce((inside: Json, part) => inside[part.replaceAll("~1", "/").replaceAll("~0", "~")], this.json);
    }
    return at;
  }

  // Of a schema in the document; a mistake for each line, empty when it fits.
  mistakes(schema: Json, value: Json): string[] {
    const check = this.compiled(schema);
    if (check(value)) return [];
    return (check.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
    );
  }

  // What in an answer is not as the description of the operation says.
  mistakesIn(operation: Operation, answer: Answer): string[] {
    const response =
      operation.responses[answer.status] ?? (answer.status >= 400 ? operation.responses["default"] : undefined);
    if (response === undefined) return [`the status ${answer.status} is not described`];
    const type = (answer.headers.get("content-type") ?? "").split(";")[0]!.trim();
    const types = Object.keys(response.content);
    if (types.length === 0) return answer.text === "" ? [] : ["there is a body, and none is described"];
    const media = response.content[type];
    if (media === undefined) return [`the type ${type} is not among ${types.join(", ")}`];
    if (!/[/+]json$/.test(type)) return [];
    return this.mistakes(media.schema, answer.json);
  }

  private readonly known = new Map<Json, ValidateFunction>();
  private compiled(schema: Json): ValidateFunction {
    let check = this.known.get(schema);
    if (check === undefined) {
      check = this.ajv.compile(absolute(this.closed(schema)));
      this.known.set(schema, check);
    }
    return check;
  }

  // An answer has nothing that is not described: an object with properties is closed unless it says that it is open.
  // One that others extend by allOf is closed where it is used: `isPart` is of a schema that is used elsewhere.
  private closed(schema: Json, isPart = false): Json {
    if (Array.isArray(schema)) return schema.map((one) => this.closed(one, isPart));
    if (typeof schema !== "object" || schema === null) return schema;
    const copy: Json = {};
    for (const [name, value] of Object.entries<Json>(schema)) {
      if (name === "example" || name === "examples") continue;
      if (schema === this.json.components?.schemas) copy[name] = this.closed(value, true);
      else copy[name] = this.closed(value, name === "allOf");
    }
    const meant = this.resolve(schema);
    const hasMembers = meant.allOf !== undefined || (meant.type === "object" && meant.properties !== undefined);
    const isOpen = meant.additionalProperties ?? meant.unevaluatedProperties;
    if (hasMembers && isOpen === undefined && !isPart) copy.unevaluatedProperties = false;
    return copy;
  }

  private read(path: string, method: string, item: Json, operation: Json): Operation {
    const [resource, level] = (operation["x-access"] as string | undefined)?.split(":") ?? [];
    const body = this.resolve(operation.requestBody) ?? {};
    const media = (holder: Json) =>
      Object.fromEntries(
        Object.entries<Json>(holder.content ?? {}).map(([type, { schema, example }]) => [
          type,
          { schema, example: this.expanded(example) },
        ]),
      );
    return {
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      summary: operation.summary,
      resource,
      level: level as Operation["level"],
      compatible: (operation.tags as string[]).includes("compatible"),
      bodyLimit: operation["x-body-limit"] ?? defaultBodyLimit,
      parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((one) => {
        const parameter = this.resolve(one);
        return { ...parameter, required: parameter.required === true, schema: this.resolve(parameter.schema) };
      }),
      body: media(body),
      bodyRequired: body.required === true,
      responses: Object.fromEntries(
        Object.entries<Json>(operation.responses).map(([status, one]) => [
          status,
          { content: media(this.resolve(one)) },
        ]),
      ),
    };
  }

  // Examples may quote others.
  private expanded(example: Json): Json {
    const at = this.resolve(example);
    if (Array.isArray(at)) return at.map((one) => this.expanded(one));
    if (typeof at !== "object" || at === null) return at;
    return Object.fromEntries(Object.entries(at).map(([name, value]) => [name, this.expanded(value)]));
  }
}

// References of a part of the document, as the validator knows it.
function absolute(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(absolute);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [
      name,
      name === "$ref" && typeof value === "string" && value.startsWith("#") ? `doc${value}` : absolute(value),
    ]),
  );
}
