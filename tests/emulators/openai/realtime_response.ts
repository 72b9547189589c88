// One response of a realtime session on its way out: text, sound, tool calls, and what cancels it.
import { type Encoding, chunks, encode } from "../core/audio.js";
import { sleep } from "../core/answer.js";
import type { Answer, ChatReply, ChatRequest, Core, Message, WsSession } from "../core/types.js";
import { responsesUnderWay } from "./errors.js";
import { chatMessages, type Hidden, type Item, type Session } from "./realtime_items.js";

export interface ResponseOptions {
  instructions?: string;
  output_modalities?: string[];
  tools?: Session["tools"];
  tool_choice?: Session["tool_choice"];
  conversation?: string;
  input?: Item[];
  metadata?: unknown;
}

const kPieceMs = 200;
// Sound comes about 20 times faster than it is spoken, so that there is something left to cancel.
const kPieceEveryMs = 10;

interface Running {
  id: string;
  answer: Answer;
  cancelled?: string; // why
}

export class Responder {
  private running: Running | undefined;

  constructor(
    private readonly core: Core,
    private readonly socket: WsSession,
    private readonly session: Session,
    private readonly items: Map<string, Item>,
    private readonly hidden: Map<string, Hidden>,
    private readonly requestId: string,
    private readonly addItem: (item: Item) => void,
  ) {}

  get active(): string | undefined {
    return this.running?.id;
  }

  /** False when there is nothing to cancel. */
  cancel(reason: "client_cancelled" | "turn_detected"): boolean {
    if (!this.running || this.running.cancelled !== undefined) return false;
    this.running.cancelled = reason;
    this.running.answer.cancel();
    return true;
  }

  stop(): void {
    this.running?.answer.cancel();
    responsesUnderWay.delete(this.requestId);
  }

  async respond(options: ResponseOptions): Promise<void> {
    const run: Running = { id: this.core.id("resp_"), answer: this.socket.answer("sts") };
    this.running = run;
    responsesUnderWay.set(this.requestId, run.id);
    try {
      await this.produce(run, options);
    } finally {
      if (this.running === run) {
        this.running = undefined;
        responsesUnderWay.delete(this.requestId);
      }
    }
  }

  private event(type: string, more: object): Message {
    return { json: { type, event_id: this.core.id("event_"), ...more } };
  }

  private async produce(run: Running, options: ResponseOptions): Promise<void> {
    const reply = this.reply(options);
    const modalities = options.output_modalities ?? this.session.output_modalities;
    const output: Item[] = [];
    const shown = { id: run.id, object: "realtime.response", conversation_id: options.conversation === "none" ? null : "conv_emulated", output_modalities: modalities, metadata: options.metadata ?? null };
    const done = (status: string, status_details: unknown, usage: unknown) => this.event("response.done", { response: { ...shown, status, status_details, output, usage } });
    await run.answer.note(this.event("response.created", { response: { ...shown, status: "in_progress", status_details: null, output: [], usage: null } }));
    let audio_ms = 0;
    if (reply.text !== "") {
      const item: Item = { id: this.core.id("item_"), object: "realtime.item", type: "message", status: "in_progress", role: "assistant", content: [] };
      output.push(item);
      audio_ms = await this.say(run, item, reply, modalities.includes("audio"));
    }
    if (reply.tool && run.answer.open) {
      const { id: call_id, name, arguments: values } = reply.tool;
      const item: Item = { id: this.core.id("item_"), object: "realtime.item", type: "function_call", status: "in_progress", call_id, name, arguments: "" };
      output.push(item);
      await this.call(run, item, JSON.stringify(values));
    }
    const usage = this.usage(reply, audio_ms);
    if (run.cancelled !== undefined) {
      // The answer takes nothing more; that it was cancelled is said all the same.
      for (const item of output) if (item.status === "in_progress") item.status = "incomplete";
      return this.socket.send(done("cancelled", { type: "cancelled", reason: run.cancelled }, usage));
    }
    if (!(await run.answer.last(done("completed", null, usage)))) return;
    await run.answer.end();
    this.socket.send(this.event("rate_limits.updated", { rate_limits: [{ name: "tokens", limit: 40_000, remaining: 39_000, reset_seconds: 1.5 }] }));
  }

  private reply(options: ResponseOptions): ChatReply {
    const instructions = options.instructions ?? this.session.instructions;
    const items = options.input ?? [...this.items.values()];
    const request: ChatRequest = {
      messages: [{ role: "system", text: instructions }, ...chatMessages(items, this.hidden)],
      tools: options.tools ?? this.session.tools,
    };
    const choice = options.tool_choice ?? this.session.tool_choice;
    request.toolChoice = typeof choice === "string" ? (choice as "auto") : { name: choice.name ?? "" };
    const reply = this.core.reply(request);
    // A greeting is asked for by its words: say exactly: "…"
    const exactly = options.instructions && /\bsay\b[^:"“]*[:"“]\s*["“]?(.+?)["”]?\s*$/is.exec(options.instructions)?.[1];
    if (!exactly) return reply;
    const { tool: _, ...rest } = reply;
    return { ...rest, text: exactly, pieces: exactly.match(/\s*\S+/gu) ?? [] };
  }

  /** Returns how much sound was sent. */
  private async say(run: Running, item: Item, reply: ChatReply, aloud: boolean): Promise<number> {
    const at = { response_id: run.id, item_id: item.id, output_index: 0, content_index: 0 };
    const { answer } = run;
    const format = this.session.audio.output.format.type;
    const encoding: Encoding = format === "audio/pcmu" ? "mulaw" : format === "audio/pcma" ? "alaw" : "linear16";
    const rate = encoding === "linear16" ? 24_000 : 8000;
    const bytesPerMs = (rate / 1000) * (encoding === "linear16" ? 2 : 1);
    const sound = aloud ? encode(await this.core.speak(reply.text, { rate, language: reply.language, speed: this.session.audio.output.speed }), encoding) : Buffer.alloc(0);
    if (!answer.open) return 0;
    await answer.note(this.event("response.output_item.added", { response_id: run.id, output_index: 0, item }));
    this.addItem(item);
    const part = aloud ? { type: "audio", transcript: "" } : { type: "text", text: "" };
    await answer.note(this.event("response.content_part.added", { ...at, part }));
    const kind = aloud ? "output_audio_transcript" : "output_text";
    const cut = chunks(sound, kPieceMs * bytesPerMs);
    const words = [...reply.pieces];
    const perPiece = Math.max(1, Math.ceil(words.length / Math.max(1, cut.length)));
    let said = "";
    let sent = 0;
    const wrap = (audio: Buffer) => this.event("response.output_audio.delta", { ...at, delta: audio.toString("base64") });
    for (let i = 0; answer.open && (i < cut.length || words.length > 0); i++) {
      const delta = words.splice(0, perPiece).join("");
      if (delta !== "") {
        const text = this.event(`response.${kind}.delta`, { ...at, delta });
        if (!(await (aloud ? answer.note(text) : answer.piece(text)))) break;
        said += delta;
      }
      const audio = cut[i];
      if (audio) {
        if (!(await answer.piece({ audio, wrap }))) break;
        sent += audio.length;
        // What was sent may be truncated from now on.
        this.hidden.set(item.id, { audio_ms: sent / bytesPerMs });
        await sleep(kPieceEveryMs);
      }
    }
    item.content = [aloud ? { type: "output_audio", transcript: said } : { type: "output_text", text: said }];
    if (!answer.open) {
      item.status = "incomplete";
      return sent / bytesPerMs;
    }
    item.status = "completed";
    if (aloud) {
      await answer.note(this.event("response.output_audio.done", at));
      await answer.note(this.event("response.output_audio_transcript.done", { ...at, transcript: said }));
    } else {
      await answer.note(this.event("response.output_text.done", { ...at, text: said }));
    }
    await answer.note(this.event("response.content_part.done", { ...at, part: aloud ? { type: "audio", transcript: said } : { type: "text", text: said } }));
    await this.finish(run, item, 0);
    return sent / bytesPerMs;
  }

  private async call(run: Running, item: Item, values: string): Promise<void> {
    const output_index = 0;
    const at = { response_id: run.id, item_id: item.id, output_index, call_id: item.call_id };
    await run.answer.note(this.event("response.output_item.added", { response_id: run.id, output_index, item }));
    this.addItem(item);
    for (const delta of values.match(/[^]{1,9}/g) ?? []) {
      if (!(await run.answer.piece(this.event("response.function_call_arguments.delta", { ...at, delta })))) return;
    }
    item.arguments = values;
    item.status = "completed";
    await run.answer.note(this.event("response.function_call_arguments.done", { ...at, name: item.name, arguments: values }));
    await this.finish(run, item, output_index);
  }

  private async finish(run: Running, item: Item, output_index: number): Promise<void> {
    await run.answer.note(this.event("conversation.item.done", { previous_item_id: null, item }));
    await run.answer.note(this.event("response.output_item.done", { response_id: run.id, output_index, item }));
  }

  private usage(reply: ChatReply, audio_ms: number): unknown {
    const heard = 10 * [...this.items.values()].filter((item) => item.role === "user").length;
    const spoken = Math.ceil(audio_ms / 50);
    const { input, cached, output } = reply.usage;
    return {
      total_tokens: input + heard + output + spoken,
      input_tokens: input + heard,
      output_tokens: output + spoken,
      input_token_details: { text_tokens: input, audio_tokens: heard, cached_tokens: cached, cached_tokens_details: { text_tokens: cached, audio_tokens: 0 } },
      output_token_details: { text_tokens: output, audio_tokens: spoken },
    };
  }
}
