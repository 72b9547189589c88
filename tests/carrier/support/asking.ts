// A carrier's requests as it writes them (query, form, multipart, JSON), its XML read strictly, and the calls that came
// of them.
import { randomBytes } from "node:crypto";
import { type Answer, type Api, type Json, api } from "../../control/support/api.js";
import { type Server, eventually } from "../../control/support/server.js";

export type Fields = Record<string, string>;
export type How = "query" | "form" | "multipart" | "json";
// The three ways in which a body comes.
export const bodies: How[] = ["form", "multipart", "json"];

// As long as Exotel's, and of no other call.
export const callSid = () => randomBytes(16).toString("hex");

let told = 0;
// Ten digits that nobody else has, as Exotel writes them: with a 0 before.
export const nationalNumber = () =>
  `097${String(process.pid % 10000).padStart(4, "0")}${String((told += 1)).padStart(4, "0")}`;

export function multipart(fields: Fields, boundary = "------------------------d74496d66958873e"): string {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return `${parts.join("")}--${boundary}--\r\n`;
}

export async function ask(
  server: Server,
  path: string,
  fields: Fields,
  how: How = "form",
  headers: Record<string, string> = {},
): Promise<Answer> {
  const client = api(server);
  if (how === "query") return client.get(`${path}?${new URLSearchParams(fields).toString()}`, { headers });
  if (how === "json") return client.post(path, fields, { headers });
  const body = how === "form" ? new URLSearchParams(fields).toString() : multipart(fields);
  const type =
    how === "form"
      ? "application/x-www-form-urlencoded"
      : "multipart/form-data; boundary=------------------------d74496d66958873e";
  return client.request("POST", path, { body, headers: { "content-type": type, ...headers } });
}

export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
function unescape(text: string): string {
  return text.replace(/&([^;&]*);?/g, (all: string, name: string) => {
    if (name in entities && all.endsWith(";")) return entities[name]!;
    const code = /^#(?:x([0-9a-f]+)|([0-9]+))$/i.exec(name);
    if (code === null || !all.endsWith(";")) throw new Error(`no entity: ${all}`);
    return String.fromCodePoint(code[1] === undefined ? Number(code[2]) : parseInt(code[1], 16));
  });
}

// Throws on everything that an XML parser need not take.
export function readXml(xml: string): Element {
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff](?![\udc00-\udfff])/.test(xml.replace(/[\ud800-\udbff][\udc00-\udfff]/g, "")))
    throw new Error("a character that XML does not have");
  const token = /<(\/?)([A-Za-z][\w:.-]*)((?:\s+[A-Za-z][\w:.-]*="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
  const declaration = /^<\?xml version="1\.0" encoding="UTF-8"\?>\s*/.exec(xml);
  token.lastIndex = declaration?.[0].length ?? 0;
  const top: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [top];
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const found = token.exec(xml);
    if (found === null) throw new Error(`not well-formed at ${at}: ${xml.slice(at, at + 80)}`);
    const inner = open.at(-1)!;
    if (found[5] !== undefined) {
      inner.text += unescape(found[5]);
    } else if (found[1] === "/") {
      if (inner.name !== found[2] || open.length < 2) throw new Error(`</${found[2]}> closes <${inner.name}>`);
      open.pop();
    } else {
      const element: Element = { name: found[2]!, attributes: {}, children: [], text: "" };
      for (const one of found[3]!.matchAll(/([\w:.-]+)="([^"]*)"/g)) {
        if (one[1]! in element.attributes) throw new Error(`${one[1]} is there twice`);
        element.attributes[one[1]!] = unescape(one[2]!);
      }
      inner.children.push(element);
      if (found[4] !== "/") open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is not closed`);
  if (top.children.length !== 1 || top.text.trim() !== "") throw new Error("there must be one element at the top");
  return top.children[0]!;
}

// Every element of the document, by name, in its order.
export const namesIn = (element: Element): string[] => [element.name, ...element.children.flatMap(namesIn)];

export function only(element: Element, name: string): Element {
  const found = element.children.filter((child) => child.name === name);
  if (found.length !== 1) throw new Error(`${found.length} <${name}> in <${element.name}>`);
  return found[0]!;
}

export interface StreamOffer {
  url: string;
  sessionId: string;
}

// <Response>[<Say/>]<Connect><Stream url><Parameter name="sessionId" value/></Stream></Connect></Response>
export function streamOffer(answer: Answer): StreamOffer {
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  const response = readXml(answer.text);
  const stream = only(only(response, "Connect"), "Stream");
  const parameters = Object.fromEntries(
    stream.children.map(({ attributes }) => [attributes["name"], attributes["value"]]),
  );
  return { url: stream.attributes["url"]!, sessionId: parameters["sessionId"]! };
}

export const callsOf = async (client: Api, number: string): Promise<Json[]> =>
  (await client.must("GET", "/api/v1/calls", undefined, { query: { number, limit: "200" } })).items;

// The one call with this number, with its turns and events, as soon as it is as wanted.
export async function theCall(client: Api, number: string, ready: (call: Json) => unknown = () => true): Promise<Json> {
  let last: Json;
  try {
    return await eventually("the call in the log", async () => {
      const [call, ...others] = await callsOf(client, number);
      if (others.length > 0) throw new Error(`${others.length + 1} calls of one`);
      if (call === undefined) return undefined;
      last = await client.must("GET", `/api/v1/calls/${call.id}`);
      return ready(last) ? last : undefined;
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${JSON.stringify(last)}`);
  }
}

export const isOver = (call: Json): boolean =>
  ["completed", "failed", "interrupted", "busy", "no_answer", "canceled"].includes(call.status);

// Asked without a rate limit: that has tests of its own.
export const unlimited = { PARLEY_WEBHOOK_REQUESTS_PER_SECOND: "100000" };

// What the server itself calls wrong.
export const errorsOf = (server: Server): string[] =>
  server.stderr.split("\n").filter((line) => line.includes('"level":"error"'));
