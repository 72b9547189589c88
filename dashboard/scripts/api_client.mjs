// Joins the files of the API's description, as the server does, and writes the types of its client to
// src/api/schema.d.ts. Nothing is written when nothing changed, so that builds stay cached.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import { parse } from "yaml";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "../../src/api/openapi");
const target = join(here, "../src/api/schema.d.ts");

// Members of two objects side by side; a name that stands in both is an object in both.
function joined(into, from, path) {
  for (const [name, value] of Object.entries(from)) {
    if (!(name in into)) into[name] = value;
    else if (Array.isArray(into[name]) || typeof into[name] !== "object")
      throw new Error(`${path}/${name} is described twice`);
    else joined(into[name], value, `${path}/${name}`);
  }
  return into;
}

const files = readdirSync(source).filter((name) => name.endsWith(".yaml")).sort();
const document = {};
for (const name of files) joined(document, parse(readFileSync(join(source, name), "utf8")), "");

// The server fills examples in by reference inside of values, which is no part of OpenAPI: types need no examples.
function withoutExamples(node) {
  if (Array.isArray(node)) return node.forEach(withoutExamples);
  if (node === null || typeof node !== "object") return;
  if ("content" in node || "schema" in node) delete node.example;
  for (const [name, value] of Object.entries(node)) {
    if (name === "example") delete node[name];
    else withoutExamples(value);
  }
}
delete document.components.examples;
withoutExamples(document);

const types = `// Made from src/api/openapi by scripts/api_client.mjs.\n${astToString(await openapiTS(document))}`;
mkdirSync(dirname(target), { recursive: true });
if (!existsSync(target) || readFileSync(target, "utf8") !== types) writeFileSync(target, types);
