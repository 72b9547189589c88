// What the emulated models say: rules over the last message, the same every time.
import type { ChatMessage, ChatReply, ChatRequest, ChatTool } from "./types.js";

const kLong =
  "We offer many things here, so let me tell you about all of them. First, we clean your house from the roof to the " +
  "cellar, every week or every month. Second, we water your garden, cut the grass, and look after the roses. Third, we " +
  "drive your children to school and bring them home again. Fourth, we cook lunch and dinner, and we wash the dishes " +
  "when you are done. Finally, we walk your dog, feed your cat, and sing to your parrot. That was everything.";

interface Intent {
  pattern: RegExp;
  text: string;
  /** Called when a tool with such a name is offered; `text` is then what is said beside it. */
  tool?: RegExp;
  language?: string;
}

const kIntents: Intent[] = [
  { pattern: /\b(goodbye|bye|that is all)\b/, text: "Thank you for calling. Goodbye.", tool: /end_?call|hang_?up/i },
  { pattern: /\bbook\b|appointment/, text: "I’d need a booking tool for that.", tool: /book|appointment/i },
  { pattern: /\bperson\b/, text: "I can’t put you through to anybody.", tool: /transfer/i },
  { pattern: /weather/, text: "I can’t see the weather from here.", tool: /weather/i },
  { pattern: /hindi|हिंदी|हिन्दी|नमस्ते/, text: "नमस्ते, मैं आपकी सहायता कर सकती हूँ।", language: "hi" },
  { pattern: /long story|services/, text: kLong },
  { pattern: /opening hours/, text: "We’re open from nine to five. Please come any day." },
  { pattern: /what did you say/, text: "I said that I’m here to help." },
  { pattern: /^(hello|hi|good morning|good evening)\b/, text: "Hello there. How can I help you today?" },
  { pattern: /thank you/, text: "You’re welcome." },
  { pattern: /^(stop|wait)\b/, text: "All right, I’ll wait." },
];

/** How a request says that the answer above it is to be gone on with. */
const kGoOn = /^\[go on\]$/;

function tokens(text: string): number {
  return Math.max(1, Math.ceil(Buffer.byteLength(text) / 4));
}

/** Words with the space before them, as tokens have it. */
export function pieces(text: string): string[] {
  return text.match(/\s*\S+/gu) ?? [];
}

function argumentsFor(tool: ChatTool): Record<string, unknown> {
  const schema = tool.parameters as { properties?: Record<string, { type?: string; enum?: unknown[] }> } | undefined;
  const made: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema?.properties ?? {})) {
    const type = String(property.type ?? "string").toLowerCase();
    if (property.enum?.length) made[name] = property.enum[0];
    else if (type === "integer" || type === "number") made[name] = 1;
    else if (type === "boolean") made[name] = true;
    else if (type === "array") made[name] = [];
    else if (type === "object") made[name] = {};
    else if (/city|place|location/.test(name)) made[name] = "Delhi";
    else if (/date|day/.test(name)) made[name] = "2030-01-15";
    else if (/time|hour/.test(name)) made[name] = "15:30";
    else made[name] = "Asha";
  }
  return made;
}

function answerTo(message: ChatMessage | undefined): Intent {
  if (message?.role === "tool") {
    const text = message.text.replace(/[^\p{L}\p{M}\p{N} ]+/gu, " ").replace(/\s+/g, " ").trim().slice(0, 200);
    return { pattern: /^/, text: `It’s done. The answer is ${text}.` };
  }
  const said = (message?.text ?? "").toLowerCase().trim();
  return (
    kIntents.find((intent) => intent.pattern.test(said)) ?? {
      pattern: /^/,
      text: said === "" ? "I’m here. What can I do for you?" : `I heard you say ${said.slice(0, 200).replace(/[.?!]+$/, "")}.`,
    }
  );
}

function chosenTool(request: ChatRequest, intent: Intent, tools: ChatTool[]): ChatTool | undefined {
  const choice = request.toolChoice ?? "auto";
  if (choice === "none") return undefined;
  if (typeof choice === "object") return tools.find((tool) => tool.name === choice.name);
  const fitting = intent.tool && tools.find((tool) => intent.tool!.test(tool.name));
  return fitting ?? (choice === "required" ? tools[0] : undefined);
}

/** What an answer that broke off had said, when the request asks for the rest of it. */
function begunAnswer(messages: ChatMessage[]): string {
  const said = messages.filter((message) => message.role !== "system");
  if (said.at(-1)?.role === "user" && kGoOn.test(said.at(-1)!.text)) said.pop();
  const last = said.at(-1);
  return last?.role === "assistant" && last.tool === undefined ? last.text : "";
}

export function replyTo(request: ChatRequest, newId: () => string): ChatReply {
  const last = [...request.messages]
    .reverse()
    .find((message) => message.role === "tool" || (message.role === "user" && !kGoOn.test(message.text)));
  const intent = { ...answerTo(last) };
  // A model that is shown the beginning of its answer says the rest.
  const begun = begunAnswer(request.messages).trimEnd();
  if (begun !== "" && intent.text.startsWith(begun)) intent.text = intent.text.slice(begun.length);
  const tool = last?.role === "tool" ? undefined : chosenTool(request, intent, request.tools ?? []);
  const ends = tool !== undefined && /end_?call|hang_?up/i.test(tool.name);
  let said = pieces(tool && !ends ? "" : intent.text);
  // Without a cap, or with room for the whole answer, nothing is cut.
  const truncated = request.maxTokens !== undefined && said.length > request.maxTokens;
  if (truncated) said = said.slice(0, request.maxTokens);
  const lengths = request.messages.map((message) => tokens(message.text) + 4);
  const input = lengths.reduce((sum, length) => sum + length, 0) + 3;
  // A long prefix that was sent before is in the vendor's cache.
  const before = input - (lengths.at(-1) ?? 0);
  return {
    text: said.join(""),
    pieces: said,
    language: intent.language ?? "en",
    ...(tool ? { tool: { id: newId(), name: tool.name, arguments: argumentsFor(tool) } } : {}),
    truncated,
    usage: { input, cached: Math.floor(before / 64) * 64, output: Math.max(1, said.length) + (tool ? 12 : 0) },
  };
}
