// A brain of one's own (docs/brain-protocol.md), so that a server can be tested with one.
import type { ChatMessage, Core, ErrorFault, RefusalContext, Vendor, WsExchange, WsSession, Answer } from "./core/types.js";

interface Turn {
  type: "turn";
  turn: number;
  input?: { kind?: string; text?: string };
  agent?: { prompt?: string };
  history?: { role?: string; text?: string; tools?: { name?: string; result?: unknown }[] }[];
  tools?: { name: string; parameters?: unknown }[];
}

const kStatus: Record<ErrorFault, [number, string, string]> = {
  bad_key: [401, "bad_key", "this key is not known"],
  no_credit: [402, "no_credit", "the account is empty"],
  rate_limit: [429, "rate_limited", "too many turns at once"],
  unknown_model: [404, "unknown_model", "there is no such model"],
  region: [403, "bad_request", "not served in this country"],
  bad_request: [400, "bad_request", "the request is not understood"],
  overload: [503, "overloaded", "no worker free"],
  server_error: [500, "internal", "the brain has failed"],
};

/** The turn under way on a connection, by the connection's request id: errors carry its number. */
const turnsUnderWay = new Map<string, number>();

export function brain(core: Core): Vendor {
  return {
    name: "brain",
    keyOf: (headers) => (/^Bearer\s+(.*)$/i.exec(headers.authorization ?? "")?.[1] ?? "").trim(),
    partOf: () => "llm",
    headers: (requestId) => ({ "x-request-id": requestId }),
    httpError(fault: ErrorFault, context: RefusalContext) {
      const [status, code, message] = kStatus[fault];
      const retry = fault === "rate_limit" || fault === "overload";
      const headers: Record<string, string> = retry ? { "retry-after": String(Math.max(1, Math.ceil((context.retryAfterMs ?? 300) / 1000))) } : {};
      return { status, headers, body: { code, message: context.message ?? message } };
    },
    streamError(fault, context) {
      const [, code, message] = kStatus[fault];
      const turn = turnsUnderWay.get(context.requestId);
      const retry = fault === "rate_limit" ? { retry_after_ms: context.retryAfterMs ?? 300 } : {};
      return { message: { json: { type: "error", ...(turn !== undefined ? { turn } : {}), code, message: context.message ?? message, ...retry } } };
    },
    http: (exchange) => exchange.refuse("bad_request", { message: "a brain speaks over a WebSocket" }),
    async ws(exchange) {
      const isOurs = exchange.protocols.includes("parley-brain.1");
      if (exchange.protocols.length > 0 && !isOurs) return exchange.refuse("bad_request", { message: "there is only parley-brain.1" });
      serve(core, exchange, await exchange.accept(isOurs ? { protocol: "parley-brain.1" } : {}));
    },
  };
}

function serve(core: Core, exchange: WsExchange, socket: WsSession): void {
  let running: { turn: number; answer: Answer } | undefined;
  socket.onClose = () => {
    running?.answer.cancel();
    turnsUnderWay.delete(exchange.requestId);
  };
  socket.onMessage = (data) => {
    let message: { type?: string; turn?: number };
    try {
      message = JSON.parse(data.toString()) as typeof message;
    } catch {
      return socket.fail("bad_request", { message: "a message is one JSON object" });
    }
    if (message.type === "ping") return socket.send({ json: { type: "pong" } });
    if (message.type === "cancel" && running?.turn === message.turn) return running?.answer.cancel();
    if (message.type !== "turn") return; // hello, and what is not known yet
    const turn = message as Turn;
    running?.answer.cancel();
    running = { turn: turn.turn, answer: socket.answer() };
    turnsUnderWay.set(exchange.requestId, turn.turn);
    const own = running;
    void answerTurn(core, turn, own.answer).finally(() => {
      if (running === own) running = undefined;
    });
  };
}

function messagesOf(turn: Turn): ChatMessage[] {
  const messages: ChatMessage[] = turn.agent?.prompt !== undefined ? [{ role: "system", text: turn.agent.prompt }] : [];
  for (const { role, text = "", tools } of turn.history ?? []) {
    messages.push({ role: role === "agent" ? "assistant" : "user", text });
    for (const { name = "", result } of tools ?? []) {
      messages.push({ role: "tool", tool: name, text: typeof result === "string" ? result : JSON.stringify(result ?? "") });
    }
  }
  if (!turn.history?.length) messages.push({ role: "user", text: turn.input?.text ?? "" });
  return messages;
}

async function answerTurn(core: Core, turn: Turn, answer: Answer): Promise<void> {
  const tools = [...(turn.tools ?? []), { name: "end_call" }]; // to end a call is an action of the protocol
  const reply = core.reply({ messages: messagesOf(turn), tools });
  const say = (more: object) => ({ json: { ...more, turn: turn.turn } });
  for (const text of reply.pieces) if (!(await answer.piece(say({ type: "text", text })))) return;
  if (reply.tool?.name === "end_call") {
    if (!(await answer.last(say({ type: "action", action: "end_call" })))) return;
  } else if (reply.tool) {
    const { id, name, arguments: values } = reply.tool;
    if (!(await answer.piece(say({ type: "tool_call", id, name, arguments: values })))) return;
  }
  const { input, cached, output } = reply.usage;
  const usage = { input_tokens: input, cached_input_tokens: cached, output_tokens: output, model: "emulated" };
  if (await answer.last(say({ type: "end", usage }))) await answer.end();
}
