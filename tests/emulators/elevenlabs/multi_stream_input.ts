// ElevenLabs' WebSocket for several streams of text at once: …/multi-stream-input. A context that is closed goes on with
// what has been flushed, so its late sound still comes, and then its isFinal.
import { Serial } from "../core/serial.js";
import type { Answer, Core, WsExchange, WsSession } from "../core/types.js";
import { speedOf, type VoiceOptions } from "./options.js";
import { parsed, socketOptions } from "./stream_input.js";
import { scheduleOf, TypedVoice } from "./voice.js";

const kMostContexts = 5;

interface Context {
  id: string;
  answer: Answer;
  line: Serial;
  voice: TypedVoice;
  idle: NodeJS.Timeout | undefined;
}

export async function multiStreamInput(core: Core, exchange: WsExchange, voice: string): Promise<void> {
  const found = await socketOptions(exchange, voice);
  if (!found) return;
  const session = await exchange.accept();
  new MultiStreamInput(core, session, found.options, found.idleMs, exchange.query.get("auto_mode") === "true");
}

class MultiStreamInput {
  private readonly contexts = new Map<string, Context>();
  // Contexts that are closed and still speak count as well.
  private readonly speaking = new Set<Context>();
  private idle: NodeJS.Timeout | undefined;
  private over = false;

  constructor(
    private readonly core: Core,
    private readonly session: WsSession,
    private readonly options: VoiceOptions,
    private readonly idleMs: number,
    private readonly auto: boolean,
  ) {
    session.onMessage = (data) => this.onMessage(data);
    session.onClose = () => {
      this.over = true;
      clearTimeout(this.idle);
      for (const context of this.speaking) {
        clearTimeout(context.idle);
        context.answer.cancel();
      }
    };
    this.alive();
  }

  private alive(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      this.over = true;
      const message = `The connection is closed after ${this.idleMs / 1000} seconds without a message.`;
      this.session.fail("bad_request", { code: "input_timeout_exceeded", message });
    }, this.idleMs);
  }

  private onMessage(data: string | Buffer): void {
    if (this.over) return;
    this.alive();
    const message = parsed(data);
    if (!message) return this.refuse("invalid_message", "The message is no JSON object.");
    if (message["close_socket"] === true) return this.closeSocket();
    const id = message["context_id"] ?? "default";
    if (typeof id !== "string") return this.refuse("invalid_message", "context_id is a string.");
    const context = this.contexts.get(id);
    if (message["close_context"] === true) {
      if (context) this.closeContext(context);
      return;
    }
    const text = message["text"];
    if (typeof text !== "string") return this.refuse("invalid_message", "The message has no text.", id);
    if (!context) return this.begin(id, text, message);
    if (message["voice_settings"] !== undefined || message["generation_config"] !== undefined) {
      return this.refuse("invalid_message", "Settings are taken from the first message of a context only.", id);
    }
    this.aliveContext(context);
    context.voice.type(text === " " ? "" : text, message["try_trigger_generation"] === true);
    if (message["flush"] === true) this.flush(context);
  }

  private begin(id: string, text: string, message: Record<string, unknown>): void {
    if (this.speaking.size >= kMostContexts) {
      const words = `Maximum simultaneous contexts exceeded (${kMostContexts}). Close a context before opening another.`;
      return this.refuse("max_active_conversations", words, id);
    }
    const schedule = scheduleOf(message["generation_config"]);
    const speed = speedOf(message["voice_settings"]);
    if (!schedule) return this.refuse("invalid_generation_config", "chunk_length_schedule holds numbers from 50 to 500.", id);
    if (typeof speed !== "number") return this.refuse(speed.code!, speed.message!, id);
    const answer = this.session.answer();
    const line = new Serial(() => this.session.fail("server_error"));
    const rules = { schedule, auto: this.auto, speed };
    const voice = new TypedVoice(this.core, line, () => answer, this.options, rules, { contextId: id });
    const context: Context = { id, answer, line, voice, idle: undefined };
    this.contexts.set(id, context);
    this.speaking.add(context);
    this.aliveContext(context);
    if (text.trim() !== "") voice.type(text, false);
    if (message["flush"] === true) this.flush(context);
  }

  // A context to which nothing is typed ends by itself.
  private aliveContext(context: Context): void {
    clearTimeout(context.idle);
    context.idle = setTimeout(() => this.closeContext(context), this.idleMs);
  }

  private flush(context: Context): void {
    context.voice.flush();
    void context.line.run(async () => {
      await context.answer.note({ json: { type: "flush_done", contextId: context.id } });
    });
  }

  private closeContext(context: Context): void {
    clearTimeout(context.idle);
    this.contexts.delete(context.id);
    context.voice.forget();
    void context.line.run(async () => {
      await context.answer.last({ json: { isFinal: true, contextId: context.id } });
      await context.answer.end();
      this.speaking.delete(context);
    });
  }

  private closeSocket(): void {
    this.over = true;
    clearTimeout(this.idle);
    for (const context of this.contexts.values()) {
      context.voice.flush();
      this.closeContext(context);
    }
    const all = [...this.speaking].map((context) => context.line.run(() => undefined));
    void Promise.all(all).then(() => this.session.close(1000));
  }

  private refuse(code: string, message: string, contextId?: string): void {
    this.over = true;
    this.session.fail("bad_request", { code, message, ...(contextId === undefined ? {} : { param: contextId }) });
  }
}
