// Google's Gemini: generateContent, streamGenerateContent in both its forms, and the list of models.
import type { ChatMessage, ChatReply, ChatRequest, Core, ErrorFault, HttpExchange, HttpRefusal, Message, RefusalContext, Vendor } from "./core/types.js";

interface Part {
  text?: string;
  thought?: boolean;
  thoughtSignature?: string;
  functionCall?: { id?: string; name?: string; args?: unknown };
  functionResponse?: { id?: string; name?: string; response?: unknown };
}

interface Content {
  role?: string;
  parts?: Part[];
}

interface Body {
  contents?: Content[] | Content;
  systemInstruction?: Content;
  tools?: { functionDeclarations?: { name?: string; parameters?: unknown; parametersJsonSchema?: unknown }[] }[];
  toolConfig?: { functionCallingConfig?: { mode?: string; allowedFunctionNames?: string[] } };
  generationConfig?: { maxOutputTokens?: number };
}

const kModels = ["gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-2.5-pro", "gemini-3.5-flash", "gemini-3.5-flash-lite", "gemini-3.8-flash"];
const kGone = /^gemini-(1\.|2\.0-)/;
const kSignature = Buffer.from("an opaque thought").toString("base64");

interface Known {
  code: number;
  status: string;
  message: string;
  details?: unknown[];
}

function known(fault: ErrorFault, context: RefusalContext): Known {
  const quota = (per: string) => ({
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    violations: [{ quotaMetric: "generativelanguage.googleapis.com/generate_content_requests", quotaId: `GenerateRequests${per}PerProjectPerModel`, quotaValue: "10" }],
  });
  switch (fault) {
    case "bad_key":
      return {
        code: 400,
        status: "INVALID_ARGUMENT",
        message: "API key not valid. Please pass a valid API key.",
        details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID", domain: "googleapis.com", metadata: { service: "generativelanguage.googleapis.com" } }],
      };
    case "no_credit":
      return { code: 429, status: "RESOURCE_EXHAUSTED", message: "You exceeded your current quota, please check your plan and billing details.", details: [quota("PerDay")] };
    case "rate_limit": {
      const retryDelay = `${(context.retryAfterMs ?? 300) / 1000}s`;
      return {
        code: 429,
        status: "RESOURCE_EXHAUSTED",
        message: `You exceeded your current quota. Please retry in ${retryDelay}.`,
        details: [quota("PerMinute"), { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay }],
      };
    }
    case "unknown_model":
      return { code: 404, status: "NOT_FOUND", message: `models/${context.model ?? "this"} is not found for API version v1beta, or is not supported for generateContent.` };
    case "region":
      return { code: 400, status: "FAILED_PRECONDITION", message: "User location is not supported for the API use." };
    case "bad_request":
      return { code: 400, status: "INVALID_ARGUMENT", message: context.message ?? "Request contains an invalid argument." };
    case "overload":
      return { code: 503, status: "UNAVAILABLE", message: "The model is overloaded. Please try again later." };
    case "server_error":
      return { code: 500, status: "INTERNAL", message: "An internal error has occurred." };
  }
}

/** protobuf's JSON takes both spellings. */
function camel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camel);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      // What belongs to the user keeps its names.
      ["args", "response", "parameters", "parametersJsonSchema", "parameters_json_schema"].includes(name) ? item : camel(item),
    ]),
  );
}

function contentsOf(body: Body): Content[] {
  return Array.isArray(body.contents) ? body.contents : body.contents ? [body.contents] : [];
}

function complaint(body: Body, model: string): string | undefined {
  const contents = contentsOf(body);
  if (contents.length === 0) return "* GenerateContentRequest.contents: contents is not specified";
  let owed = 0;
  for (const [i, { role, parts }] of contents.entries()) {
    if (role !== undefined && role !== "user" && role !== "model") return "Please use a valid role: user, model.";
    if (!parts || parts.length === 0) return `* GenerateContentRequest.contents[${i}].parts: contents.parts must not be empty.`;
    if (i === 0 && role === "model") return "Please ensure that multiturn requests alternate between user and model.";
    const answers = parts.filter((part) => part.functionResponse).length;
    if (answers !== owed) return "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.";
    const calls = parts.filter((part) => part.functionCall);
    owed = calls.length;
    if (/^gemini-3/.test(model) && calls.length > 0 && calls[0]!.thoughtSignature !== kSignature) {
      return "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly.";
    }
  }
  return owed > 0 ? "Please ensure that function call turn comes immediately after a user turn or after a function response turn." : undefined;
}

function chatRequest(body: Body): ChatRequest {
  const text = (content: Content | undefined) => (content?.parts ?? []).map((part) => part.text ?? "").join("");
  const messages: ChatMessage[] = body.systemInstruction ? [{ role: "system", text: text(body.systemInstruction) }] : [];
  for (const content of contentsOf(body)) {
    const answered = content.parts?.find((part) => part.functionResponse)?.functionResponse;
    const called = content.parts?.find((part) => part.functionCall)?.functionCall;
    if (answered) messages.push({ role: "tool", text: JSON.stringify(answered.response ?? {}), tool: answered.name ?? "" });
    else messages.push({ role: content.role === "model" ? "assistant" : "user", text: text(content), ...(called ? { tool: called.name ?? "" } : {}) });
  }
  const request: ChatRequest = {
    messages,
    tools: (body.tools ?? []).flatMap((tool) => tool.functionDeclarations ?? []).map((one) => ({ name: one.name ?? "", parameters: one.parametersJsonSchema ?? one.parameters })),
  };
  const { mode, allowedFunctionNames } = body.toolConfig?.functionCallingConfig ?? {};
  if (mode === "NONE") request.toolChoice = "none";
  if (mode === "ANY") request.toolChoice = allowedFunctionNames?.[0] !== undefined ? { name: allowedFunctionNames[0] } : "required";
  if (body.generationConfig?.maxOutputTokens !== undefined) request.maxTokens = body.generationConfig.maxOutputTokens;
  return request;
}

export function gemini(core: Core): Vendor {
  const httpError = (fault: ErrorFault, context: RefusalContext): HttpRefusal => {
    const error = known(fault, context);
    return { status: error.code, headers: {}, body: { error } };
  };
  return {
    name: "gemini",
    keyOf: (headers, query) => String(headers["x-goog-api-key"] ?? query.get("key") ?? ""),
    partOf: (_, path) => (/:(stream)?generateContent$/i.test(path) ? "llm" : "other"),
    headers: () => ({ server: "scaffolding on HTTPServer2", vary: "Origin, X-Origin, Referer" }),
    httpError,
    // In the middle of a stream the error stands bare, without "data:".
    streamError: (fault, context) => ({ message: { json: httpError(fault, context).body } }),
    async http(exchange) {
      if (exchange.key === "") return exchange.refuse("bad_key");
      const action = /\/v1(?:beta|alpha)?\/models\/([^/:]+):(generateContent|streamGenerateContent)$/.exec(exchange.path);
      if (exchange.method === "POST" && action) return generate(core, exchange, action[1]!, action[2] === "streamGenerateContent");
      if (exchange.method === "GET" && /\/models(\/[^/]+)?$/.test(exchange.path)) return models(exchange);
      return exchange.refuse("unknown_model", { model: exchange.path });
    },
    ws: (exchange) => exchange.refuse("bad_request"),
  };
}

async function models(exchange: HttpExchange): Promise<void> {
  const entry = (id: string) => ({
    name: `models/${id}`,
    version: "001",
    displayName: id,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: ["generateContent", "countTokens"],
  });
  const asked = /\/models\/([^/]+)$/.exec(exchange.path)?.[1];
  if (asked === undefined) return exchange.reply(200, { models: kModels.map(entry) });
  return kModels.includes(asked) ? exchange.reply(200, entry(asked)) : exchange.refuse("unknown_model", { model: asked });
}

async function generate(core: Core, exchange: HttpExchange, model: string, streams: boolean): Promise<void> {
  if (kGone.test(model) || /unknown|nonexist/.test(model)) return exchange.refuse("unknown_model", { model });
  const body = camel(exchange.json()) as Body | undefined;
  if (typeof body !== "object" || body === null) return exchange.refuse("bad_request", { message: "Invalid JSON payload received." });
  const wrong = complaint(body, model);
  if (wrong !== undefined) return exchange.refuse("bad_request", { message: wrong });
  const request = chatRequest(body);
  const responseId = core.id();
  const reply = core.reply(request);
  const isBlocked = /\bforbidden words\b/.test(request.messages.at(-1)?.text ?? "");
  const parts = partsOf(reply, model, core);
  const whole = (some: Part[], finishReason?: string, output = reply.usage.output) => ({
    candidates: [{ content: { parts: some, role: "model" }, ...(finishReason !== undefined ? { finishReason } : {}), index: 0 }],
    usageMetadata: {
      promptTokenCount: reply.usage.input,
      ...(reply.usage.cached > 0 ? { cachedContentTokenCount: reply.usage.cached } : {}),
      candidatesTokenCount: output,
      totalTokenCount: reply.usage.input + output,
      promptTokensDetails: [{ modality: "TEXT", tokenCount: reply.usage.input }],
    },
    modelVersion: model,
    responseId,
  });
  const blocked = {
    promptFeedback: { blockReason: "PROHIBITED_CONTENT" },
    usageMetadata: { promptTokenCount: reply.usage.input, totalTokenCount: reply.usage.input },
    modelVersion: model,
    responseId,
  };
  const finish = reply.truncated ? "MAX_TOKENS" : "STOP";
  if (!streams) {
    const text = parts.filter((part) => part.text !== undefined);
    const joined: Part[] = [...(text.length > 0 ? [{ text: text.map((part) => part.text).join("") }] : []), ...parts.filter((part) => part.functionCall)];
    return exchange.reply(200, isBlocked ? blocked : whole(joined, finish));
  }
  const isSse = exchange.query.get("alt") === "sse";
  const answer = await exchange.stream(200, { "content-type": isSse ? "text/event-stream" : "application/json; charset=UTF-8" });
  // The array form is one JSON document in pieces: its commas travel with the pieces.
  let first = true;
  const message = (json: unknown): Message => {
    const before = first ? "[" : ",\r\n";
    first = false;
    return { json, frame: (text) => (isSse ? `data: ${text}\r\n\r\n` : before + text) };
  };
  const chunks = isBlocked ? [blocked] : parts.map((part, i) => whole([part], i === parts.length - 1 ? finish : undefined, Math.ceil((reply.usage.output * (i + 1)) / parts.length)));
  for (const [i, chunk] of chunks.entries()) {
    const sent = i < chunks.length - 1 || chunks.length === 1 ? await answer.piece(message(chunk)) : await answer.last(message(chunk));
    if (!sent) return;
  }
  if (!isSse) await answer.note({ text: "]\r\n" });
  await answer.end();
}

function partsOf(reply: ChatReply, model: string, core: Core): Part[] {
  const parts: Part[] = [];
  // A few words at once, as Google sends them.
  for (let i = 0; i < reply.pieces.length; i += 4) parts.push({ text: reply.pieces.slice(i, i + 4).join("") });
  if (reply.tool) {
    const { name, arguments: args } = reply.tool;
    parts.push({ functionCall: { id: core.id().slice(0, 8), name, args }, ...(/^gemini-3/.test(model) ? { thoughtSignature: kSignature } : {}) });
  }
  return parts.length > 0 ? parts : [{ text: "" }];
}
