// The Realtime WebSocket in its GA shape: speech to speech, and transcription sessions.
import { decode, joinSamples } from "../core/audio.js";
import type { Core, Segmenter, WsExchange, WsSession } from "../core/types.js";
import { written } from "./audio.js";
import { type Hidden, type Item, merge, newSession, type Session } from "./realtime_items.js";
import { type ResponseOptions, Responder } from "./realtime_response.js";

type ClientEvent = { type?: string; event_id?: string } & Record<string, unknown>;

const kFormats = ["audio/pcm", "audio/pcmu", "audio/pcma"];
const kMaxAppend = 15 << 20;
const kMinCommitMs = 100;

export async function realtime(core: Core, exchange: WsExchange): Promise<void> {
  const type = exchange.query.get("intent") === "transcription" ? "transcription" : "realtime";
  // A browser offers "realtime" beside its key; whoever offers nothing gets nothing.
  const protocol = exchange.protocols.includes("realtime") ? { protocol: "realtime" } : {};
  const socket = await exchange.accept(protocol);
  new RealtimeConnection(core, socket, exchange.requestId, newSession(core, type, exchange.query.get("model") ?? ""));
}

class RealtimeConnection {
  private readonly items = new Map<string, Item>();
  private readonly hidden = new Map<string, Hidden>();
  private readonly responder: Responder;
  private segmenter: Segmenter | undefined;
  private uncommitted: Int16Array[] = [];
  private nextItem = ""; // announced by speech_started
  private lastItem: string | null = null;
  // Recognising takes time; what follows it keeps its order.
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly core: Core,
    private readonly socket: WsSession,
    requestId: string,
    private readonly session: Session & { id: string },
  ) {
    this.responder = new Responder(core, socket, session, this.items, this.hidden, requestId, (item) => this.addItem(item));
    socket.onMessage = (data) => this.receive(data);
    socket.onClose = () => this.responder.stop();
    this.listen();
    this.send("session.created", { session });
  }

  private send(type: string, more: Record<string, unknown>): void {
    this.socket.send({ json: { type, event_id: this.core.id("event_"), ...more } });
  }

  private refuse(event: ClientEvent, code: string, message: string, param: string | null = null): void {
    this.send("error", { error: { type: "invalid_request_error", code, message, param, event_id: event.event_id ?? null } });
  }

  private get inputRate(): number {
    return this.session.audio.input.format.type === "audio/pcm" ? 24_000 : 8000;
  }

  private receive(data: string | Buffer): void {
    let event: ClientEvent;
    try {
      event = JSON.parse(data.toString()) as ClientEvent;
    } catch {
      return this.refuse({}, "invalid_json", "The event is not valid JSON.");
    }
    switch (event.type) {
      case "session.update":
        return this.update(event);
      case "input_audio_buffer.append":
        return this.append(event);
      case "input_audio_buffer.commit":
        return this.commit(event);
      case "input_audio_buffer.clear":
        this.uncommitted = [];
        this.listen();
        return this.send("input_audio_buffer.cleared", {});
      case "conversation.item.create":
        return this.create(event);
      case "conversation.item.truncate":
        return this.truncate(event);
      case "conversation.item.delete": {
        const id = String(event["item_id"]);
        if (!this.items.delete(id)) return this.refuse(event, "item_delete_invalid_item_id", `Item with id '${id}' not found.`, "item_id");
        return this.send("conversation.item.deleted", { item_id: id });
      }
      case "response.create":
        if (this.session.type === "transcription") return this.refuse(event, "invalid_value", "A transcription session has no responses.");
        this.enqueue(async () => this.respond(event));
        return;
      case "response.cancel":
        if (!this.responder.cancel("client_cancelled")) {
          this.refuse(event, "response_cancel_not_active", "Cancellation failed: no active response found");
        }
        return;
      default:
        return this.refuse(event, "invalid_value", `Invalid value: '${String(event.type)}'.`, "type");
    }
  }

  private update(event: ClientEvent): void {
    const asked = event["session"] as (Partial<Session> & Record<string, unknown>) | undefined;
    if (typeof asked !== "object" || asked === null) return this.refuse(event, "missing_required_parameter", "Missing required parameter: 'session'.", "session");
    if (asked.type !== "realtime" && asked.type !== "transcription") {
      return this.refuse(event, "missing_required_parameter", "Missing required parameter: 'session.type'.", "session.type");
    }
    for (const side of ["input", "output"] as const) {
      const format = asked.audio?.[side]?.format;
      if (format && (!kFormats.includes(format.type) || (format.type === "audio/pcm" && format.rate !== undefined && format.rate !== 24_000))) {
        return this.refuse(event, "invalid_value", `Invalid value: '${JSON.stringify(format)}'.`, `session.audio.${side}.format`);
      }
    }
    const formatBefore = this.session.audio.input.format.type;
    const detectionBefore = JSON.stringify(this.session.audio.input.turn_detection);
    merge(this.session as unknown as Record<string, unknown>, asked);
    const { format, turn_detection } = this.session.audio.input;
    if (format.type !== formatBefore || JSON.stringify(turn_detection) !== detectionBefore) this.listen();
    this.send("session.updated", { session: this.session });
  }

  private listen(): void {
    const detection = this.session.audio.input.turn_detection;
    this.segmenter = undefined;
    if (!detection) return;
    this.segmenter = this.core.segmenter(
      { rate: this.inputRate, silence_ms: detection.silence_duration_ms ?? 500, prefix_ms: detection.prefix_padding_ms ?? 300 },
      {
        onStart: (at) => {
          this.nextItem = this.core.id("item_");
          this.send("input_audio_buffer.speech_started", { audio_start_ms: at, item_id: this.nextItem });
          if (detection.interrupt_response !== false) this.responder.cancel("turn_detected");
        },
        onEnd: (samples, _, to) => {
          this.send("input_audio_buffer.speech_stopped", { audio_end_ms: to, item_id: this.nextItem });
          this.takeTurn(samples, this.nextItem, detection.create_response !== false && this.session.type === "realtime");
          this.uncommitted = [];
        },
      },
    );
  }

  private append(event: ClientEvent): void {
    const audio = event["audio"];
    if (typeof audio !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(audio)) {
      return this.refuse(event, "invalid_value", "Invalid 'audio'. Expected base64-encoded audio bytes.", "audio");
    }
    const bytes = Buffer.from(audio, "base64");
    if (bytes.length > kMaxAppend) return this.refuse(event, "invalid_value", "The audio of one event is at most 15 MiB.", "audio");
    const { type } = this.session.audio.input.format;
    const samples = decode(bytes, type === "audio/pcmu" ? "mulaw" : type === "audio/pcma" ? "alaw" : "linear16");
    if (this.segmenter) this.segmenter.push(samples);
    else this.uncommitted.push(samples);
  }

  private commit(event: ClientEvent): void {
    if (this.segmenter?.flush()) return;
    const samples = joinSamples(this.uncommitted);
    const length_ms = (samples.length * 1000) / this.inputRate;
    if (length_ms < kMinCommitMs) {
      return this.refuse(event, "input_audio_buffer_commit_empty", `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${length_ms.toFixed(2)}ms of audio.`);
    }
    this.uncommitted = [];
    this.takeTurn(samples, this.core.id("item_"), false);
  }

  /** One finished utterance becomes an item, a transcript and, if so wished, a response. */
  private takeTurn(samples: Int16Array, id: string, respond: boolean): void {
    const rate = this.inputRate;
    this.send("input_audio_buffer.committed", { previous_item_id: this.lastItem, item_id: id });
    const item: Item = { id, object: "realtime.item", type: "message", status: "completed", role: "user", content: [{ type: "input_audio", transcript: null }] };
    this.addItem(item);
    this.send("conversation.item.done", { previous_item_id: this.lastItem, item });
    this.enqueue(async () => {
      const heard = await this.core.recognise(samples, rate);
      this.hidden.set(id, { heard });
      if (respond) void this.responder.respond({});
      if (this.session.audio.input.transcription) await this.transcribed(item, written(heard), samples.length / rate);
    });
  }

  private async transcribed(item: Item, transcript: string, seconds: number): Promise<void> {
    item.content![0]!.transcript = transcript;
    // In a call the fault belongs to the response; a transcription session has nothing else to spoil.
    const answer = this.session.type === "transcription" ? this.socket.answer("stt") : undefined;
    const say = (type: string, more: object) => ({ json: { type, event_id: this.core.id("event_"), item_id: item.id, content_index: 0, ...more } });
    for (const delta of transcript.match(/\s*\S+/g) ?? []) {
      const message = say("conversation.item.input_audio_transcription.delta", { delta });
      if (answer) {
        if (!(await answer.piece(message))) return;
      } else {
        this.socket.send(message);
      }
    }
    const tokens = Math.ceil(seconds * 10);
    const usage = { type: "tokens", input_tokens: tokens, input_token_details: { text_tokens: 0, audio_tokens: tokens }, output_tokens: 4, total_tokens: tokens + 4 };
    const completed = say("conversation.item.input_audio_transcription.completed", { transcript, usage });
    if (!answer) return this.socket.send(completed);
    if (await answer.last(completed)) await answer.end();
  }

  private addItem(item: Item): void {
    this.items.set(item.id, item);
    this.send("conversation.item.added", { previous_item_id: this.lastItem, item });
    this.lastItem = item.id;
  }

  private create(event: ClientEvent): void {
    const asked = event["item"] as Partial<Item> | undefined;
    if (!asked?.type || !["message", "function_call", "function_call_output"].includes(asked.type)) {
      return this.refuse(event, "invalid_value", "Invalid value for 'item.type'.", "item.type");
    }
    if (asked.type === "function_call_output" && ![...this.items.values()].some((item) => item.type === "function_call" && item.call_id === asked.call_id)) {
      return this.refuse(event, "invalid_tool_call_id", `Tool call ID '${String(asked.call_id)}' not found in conversation.`, "item.call_id");
    }
    if (asked.id !== undefined && this.items.has(asked.id)) {
      return this.refuse(event, "item_create_duplicate_item_id", `Item with id '${asked.id}' already exists.`, "item.id");
    }
    const item: Item = { ...asked, id: asked.id ?? this.core.id("item_"), object: "realtime.item", type: asked.type, status: "completed" };
    const previous = this.lastItem;
    this.addItem(item);
    this.send("conversation.item.done", { previous_item_id: previous, item });
  }

  private truncate(event: ClientEvent): void {
    const id = String(event["item_id"]);
    const end = Number(event["audio_end_ms"]);
    const item = this.items.get(id);
    const length = this.hidden.get(id)?.audio_ms;
    if (!item || item.role !== "assistant" || length === undefined) {
      return this.refuse(event, "item_truncate_invalid_item_id", `Item with id '${id}' not found.`, "item_id");
    }
    if (!Number.isInteger(end) || end < 0) return this.refuse(event, "invalid_type", "Invalid type for 'audio_end_ms': expected an integer.", "audio_end_ms");
    if (end > Math.ceil(length)) {
      return this.refuse(event, "invalid_value", `Audio content of ${Math.ceil(length)}ms is already shorter than ${end}ms`, "audio_end_ms");
    }
    // Text that was not heard is not the model's to remember; the vendor drops all of it.
    item.content = [{ type: "output_audio" }];
    this.hidden.set(id, { audio_ms: end });
    this.send("conversation.item.truncated", { item_id: id, content_index: Number(event["content_index"] ?? 0), audio_end_ms: end });
  }

  private respond(event: ClientEvent): void {
    if (this.responder.active) {
      return this.refuse(event, "conversation_already_has_active_response", `Conversation already has an active response in progress: ${this.responder.active}. Wait until the response is finished before creating a new one.`);
    }
    void this.responder.respond((event["response"] ?? {}) as ResponseOptions);
  }

  private enqueue(task: () => Promise<void>): void {
    this.queue = this.queue.then(task).catch((error: unknown) => {
      process.stderr.write(`openai realtime: ${String(error)}\n`);
      this.socket.close(1011, "internal error");
    });
  }
}
