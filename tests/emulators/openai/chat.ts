// POST …/chat/completions: OpenAI's own shapes, and the quirks of compatible servers by flavour.
import type { Answer, ChatMessage, ChatReply, ChatRequest, Core, HttpExchange, Message } from "../core/types.js";

interface Body {
  model?: unknown;
  messages?: unknown;
  stream?: unknown;
  stream_options?: { include_usage?: boolean; include_obfuscation?: boolean; continuous_usage_stats?: boolean };
  tools?: { type?: string; function?: { name?: string; parameters?: unknown } }[];
  tool_choice?: string | { function?: { name?: string } };
  max_tokens?: number;
  max_completion_tokens?: number;
  temperature?: number;
}

interface WireMessage {
  role?: string;
  content?: unknown;
  tool_calls?: { id?: string; function?: { name?: string } }[];
  tool_call_id?: string;
}

/** Gone since 2026-10-23. Other hosts may still have them. */
const kRetired = /^(gpt-3\.5-turbo.*|gpt-4|gpt-4-0613|gpt-4-turbo.*|gpt-4\.1-nano.*|gpt-4o-2024-05-13|o1|o3-mini|o4-mini)$/;
const kReasoning = /^(o\d|gpt-[56])/;

export function isUnknownModel(model: string, flavour: string): boolean {
  return model === "" || /unknown|nonexist/.test(model) || (flavour === "" && kRetired.test(model));
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return (content as { type?: string; text?: string }[]).map((part) => part.text ?? "").join("");
}

/** What is wrong with the request, as OpenAI says it. */
function complaint(body: Body, flavour: string): { message: string; param?: string; code?: string } | undefined {
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    return { message: "Missing required parameter: 'messages'.", param: "messages", code: "missing_required_parameter" };
  }
  const model = String(body.model);
  if (flavour === "strict" && body.max_completion_tokens !== undefined) {
    return { message: "Unrecognized request argument supplied: max_completion_tokens", param: "max_completion_tokens", code: "unknown_parameter" };
  }
  if (["", "azure"].includes(flavour) && kReasoning.test(model)) {
    if (body.max_tokens !== undefined) {
      return {
        message: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        param: "max_tokens",
        code: "unsupported_parameter",
      };
    }
    if (body.temperature !== undefined && body.temperature !== 1) {
      return {
        message: `Unsupported value: 'temperature' does not support ${body.temperature} with this model. Only the default (1) value is supported.`,
        param: "temperature",
        code: "unsupported_value",
      };
    }
  }
  let owed = new Set<string>();
  for (const [i, message] of (body.messages as WireMessage[]).entries()) {
    if (!["developer", "system", "user", "assistant", "tool"].includes(message.role ?? "")) {
      return { message: `Invalid value: '${message.role}'. Supported values are: 'system', 'assistant', 'user', 'tool', and 'developer'.`, param: `messages[${i}].role`, code: "invalid_value" };
    }
    if (message.role === "tool") {
      if (!owed.delete(message.tool_call_id ?? "")) {
        return { message: "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.", param: `messages.[${i}].role` };
      }
    } else if (owed.size > 0) {
      break;
    }
    if (message.role === "assistant" && message.tool_calls) owed = new Set(message.tool_calls.map((call) => call.id ?? ""));
  }
  if (owed.size > 0) {
    return { message: `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...owed].join(", ")}`, param: "messages" };
  }
  return undefined;
}

function chatRequest(body: Body, flavour: string): ChatRequest {
  const names = new Map<string, string>();
  const messages = (body.messages as WireMessage[]).map((message): ChatMessage => {
    for (const call of message.tool_calls ?? []) names.set(call.id ?? "", call.function?.name ?? "");
    const role = message.role === "developer" ? "system" : (message.role as ChatMessage["role"]);
    const tool = message.role === "tool" ? names.get(message.tool_call_id ?? "") : message.tool_calls?.[0]?.function?.name;
    return { role, text: textOf(message.content), ...(tool !== undefined ? { tool } : {}) };
  });
  const choice = body.tool_choice;
  // Ollama does not know tool_choice nor max_completion_tokens, and passes over both.
  const isOllama = flavour === "ollama";
  const limit = body.max_tokens ?? (isOllama ? undefined : body.max_completion_tokens);
  const request: ChatRequest = {
    messages,
    tools: (body.tools ?? []).map((tool) => ({ name: tool.function?.name ?? "", parameters: tool.function?.parameters })),
  };
  if (choice !== undefined && !isOllama) {
    request.toolChoice = typeof choice === "string" ? (choice as "auto") : { name: choice.function?.name ?? "" };
  }
  if (typeof limit === "number") request.maxTokens = limit;
  return request;
}

function usageOf(reply: ChatReply, flavour: string): Record<string, unknown> {
  const { input, cached, output } = reply.usage;
  const plain = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  if (["ollama", "lmstudio", "llamacpp"].includes(flavour)) return plain;
  if (flavour === "vllm") return { ...plain, prompt_tokens_details: null };
  return {
    ...plain,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
  };
}

function finishReason(reply: ChatReply, body: Body, flavour: string): string {
  if (reply.truncated) return "length";
  if (!reply.tool) return "stop";
  return typeof body.tool_choice === "object" || ["ollama", "gemini"].includes(flavour) ? "stop" : "tool_calls";
}

const kThinking = /think|qwen3|deepseek-r1/;
const kTimings = { prompt_n: 12, prompt_ms: 30.1, predicted_n: 8, predicted_ms: 160.4, predicted_per_second: 49.9 };

export async function chat(core: Core, exchange: HttpExchange, flavour: string): Promise<void> {
  const body = exchange.json() as Body | undefined;
  if (typeof body !== "object" || body === null) {
    return exchange.refuse("bad_request", { message: "We could not parse the JSON body of your request." });
  }
  // Azure names the model in the path.
  const model = /\/deployments\/([^/]+)\//.exec(exchange.path)?.[1] ?? (typeof body.model === "string" ? body.model : "");
  body.model = model;
  if (flavour !== "llamacpp" && isUnknownModel(model, flavour)) return exchange.refuse("unknown_model", { model });
  const wrong = complaint(body, flavour);
  if (wrong) return exchange.refuse("bad_request", wrong);
  const reply = core.reply(chatRequest(body, flavour));
  const base = {
    id: core.id("chatcmpl-"),
    created: Math.floor(Date.now() / 1000),
    model,
    ...(flavour === "" ? { service_tier: "default" } : {}),
    system_fingerprint: flavour === "ollama" ? "fp_ollama" : "fp_emulated",
  };
  if (body.stream !== true) return exchange.reply(200, whole(base, reply, body, flavour));
  const headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };
  return stream(await exchange.stream(200, headers), base, reply, body, flavour);
}

function whole(base: object, reply: ChatReply, body: Body, flavour: string): unknown {
  const message: Record<string, unknown> = { role: "assistant", content: reply.text === "" && reply.tool ? null : reply.text };
  if (flavour === "") message["refusal"] = null;
  if (reply.tool) {
    const { id, name } = reply.tool;
    message["tool_calls"] = [{ id, type: "function", function: { name, arguments: JSON.stringify(reply.tool.arguments) } }];
  }
  return {
    ...base,
    object: "chat.completion",
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(reply, body, flavour) }],
    usage: usageOf(reply, flavour),
    ...(flavour === "llamacpp" ? { timings: kTimings } : {}),
  };
}

function toolDeltas(reply: ChatReply, flavour: string): object[] {
  if (!reply.tool) return [];
  const { id, name } = reply.tool;
  const text = JSON.stringify(reply.tool.arguments);
  if (flavour === "ollama") return [{ tool_calls: [{ id, type: "function", function: { name, arguments: text } }] }];
  if (flavour === "gemini" || flavour === "groq") return [{ tool_calls: [{ index: 0, id, type: "function", function: { name, arguments: text } }] }];
  const fragments = text.match(/[^]{1,7}/g) ?? [];
  return [
    { tool_calls: [{ index: 0, id, type: "function", function: { name, arguments: "" } }] },
    ...fragments.map((fragment) => ({ tool_calls: [{ index: 0, function: { arguments: fragment } }] })),
  ];
}

async function stream(answer: Answer, base: object, reply: ChatReply, body: Body, flavour: string): Promise<void> {
  const wantsUsage = body.stream_options?.include_usage === true;
  const frame = (text: string) => `data: ${text}${flavour === "openrouter" ? "\r\n\r\n" : "\n\n"}`;
  const pads = flavour === "" && body.stream_options?.include_obfuscation !== false;
  const usage = usageOf(reply, flavour);
  const chunk = (choices: unknown[], more: object = {}): Message => ({
    json: {
      ...base,
      object: "chat.completion.chunk",
      choices,
      ...(wantsUsage && flavour === "" ? { usage: null } : {}),
      ...more,
      ...(pads ? { obfuscation: "x".repeat(1 + ((choices.length * 7) % 13)) } : {}),
    },
    frame,
  });
  const choice = (delta: unknown, finish: string | null = null) => [
    { index: 0, delta, ...(flavour === "azure" ? { content_filter_results: {} } : {}), logprobs: null, finish_reason: finish, ...(flavour === "vllm" ? { stop_reason: null } : {}) },
  ];
  if (flavour === "azure") await answer.note(chunk([], { prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] }));
  if (flavour === "openrouter") await answer.note({ text: ": OPENROUTER PROCESSING\r\n\r\n" });
  const opening = flavour === "" ? { role: "assistant", content: "", refusal: null } : { role: "assistant", content: "" };
  await answer.note(chunk(choice(opening), flavour === "groq" ? { x_groq: { id: "req_emulated" } } : {}));
  if (kThinking.test(String(body.model)) && flavour !== "") {
    const name = flavour === "ollama" ? "reasoning" : "reasoning_content";
    await answer.note(chunk(choice({ content: "", [name]: "The caller wants something." })));
  }
  const deltas: object[] = [...reply.pieces.map((content) => ({ content })), ...toolDeltas(reply, flavour)];
  for (const [i, delta] of deltas.entries()) {
    const rides = (flavour === "lmstudio" && i === deltas.length - 1) || (flavour === "vllm" && body.stream_options?.continuous_usage_stats);
    const repeated = flavour === "ollama" ? { role: "assistant", ...delta } : delta;
    if (!(await answer.piece(chunk(choice(repeated), rides ? { usage } : {})))) return;
  }
  // LM Studio and its like leave the reason out.
  if (flavour !== "lmstudio") {
    const more = flavour === "groq" ? { x_groq: { id: "req_emulated", usage } } : flavour === "llamacpp" ? { timings: kTimings } : {};
    if (!(await answer.last(chunk(choice({}, finishReason(reply, body, flavour)), more)))) return;
  }
  if (wantsUsage && flavour !== "lmstudio") await answer.last(chunk([], { usage }));
  if (await answer.last({ text: `data: [DONE]${flavour === "openrouter" ? "\r\n\r\n" : "\n\n"}` })) await answer.end();
}
