// ElevenLabs' WebSocket for one stream of text: …/stream-input.
import { Serial } from "../core/serial.js";
import type { Answer, Core, WsExchange, WsSession } from "../core/types.js";
import { isWrong, noSocket } from "./errors.js";
import { speedOf, type VoiceOptions, voiceOptions } from "./options.js";
import { scheduleOf, TypedVoice } from "./voice.js";

/** The options of a handshake, once they have been found good; otherwise it has been refused. */
export async function socketOptions(exchange: WsExchange, voice: string): Promise<{ options: VoiceOptions; idleMs: number } | undefined> {
  const { query } = exchange;
  const options = voiceOptions(voice, query, {
    model: query.get("model_id") ?? undefined,
    language: query.get("language_code") ?? undefined,
  });
  if (isWrong(options)) {
    await exchange.refuse(options.fault, options);
    return undefined;
  }
  if (options.model === "eleven_v3") {
    await exchange.refuse("bad_request", noSocket(options.model));
    return undefined;
  }
  const seconds = Math.min(180, Number(query.get("inactivity_timeout") ?? 20)) || 20;
  return { options, idleMs: seconds * 1000 };
}

export function parsed(data: string | Buffer): Record<string, unknown> | undefined {
  try {
    const message: unknown = JSON.parse(String(data));
    return typeof message === "object" && message !== null && !Array.isArray(message) ? (message as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export async function streamInput(core: Core, exchange: WsExchange, voice: string): Promise<void> {
  const found = await socketOptions(exchange, voice);
  if (!found) return;
  const session = await exchange.accept();
  new StreamInput(core, session, found.options, found.idleMs, exchange.query.get("auto_mode") === "true");
}

class StreamInput {
  private readonly line: Serial;
  private answer: Answer | undefined; // its rule is taken with the first text, so that a warm socket does not use it up
  private voice: TypedVoice | undefined;
  private idle: NodeJS.Timeout | undefined;
  private over = false;

  constructor(
    private readonly core: Core,
    private readonly session: WsSession,
    private readonly options: VoiceOptions,
    private readonly idleMs: number,
    private readonly auto: boolean,
  ) {
    this.line = new Serial(() => session.fail("server_error"));
    session.onMessage = (data) => this.onMessage(data);
    session.onClose = () => {
      clearTimeout(this.idle);
      this.over = true;
      this.answer?.cancel();
    };
    this.alive();
  }

  private alive(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      this.over = true;
      const message =
        "Your request was terminated because of no new input text. " +
        `The connection is closed after ${this.idleMs / 1000} seconds without any; send " " to keep it.`;
      this.session.fail("bad_request", { code: "input_timeout_exceeded", message });
    }, this.idleMs);
  }

  private onMessage(data: string | Buffer): void {
    if (this.over) return;
    this.alive();
    const message = parsed(data);
    if (!message || typeof message["text"] !== "string") {
      return this.refuse("invalid_message", "The message is no JSON object with a text.");
    }
    const text = message["text"];
    if (!this.voice) return this.begin(text, message);
    if (text === "") return this.end();
    this.voice.type(text === " " ? "" : text, message["try_trigger_generation"] === true);
    if (message["flush"] === true) this.voice.flush();
  }

  private begin(text: string, message: Record<string, unknown>): void {
    if (text === "") return this.end();
    const schedule = scheduleOf(message["generation_config"]);
    const speed = speedOf(message["voice_settings"]);
    if (!schedule) return this.refuse("invalid_generation_config", "chunk_length_schedule holds numbers from 50 to 500.");
    if (typeof speed !== "number") return this.refuse(speed.code!, speed.message!);
    this.voice = new TypedVoice(this.core, this.line, () => this.begun(), this.options, { schedule, auto: this.auto, speed }, {});
    // The documentation wants one space; the server takes other text as well.
    if (text.trim() !== "") this.voice.type(text, false);
  }

  private begun(): Answer {
    this.answer ??= this.session.answer();
    return this.answer;
  }

  private end(): void {
    this.over = true;
    clearTimeout(this.idle);
    this.voice?.flush();
    const answer = this.begun();
    void this.line.run(async () => {
      await answer.last({ json: { audio: null, isFinal: true, normalizedAlignment: null, alignment: null } });
      const open = answer.open;
      await answer.end();
      if (open) this.session.close(1000);
    });
  }

  private refuse(code: string, message: string): void {
    this.over = true;
    this.session.fail("bad_request", { code, message });
  }
}
