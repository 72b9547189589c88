// Deepgram Aura, /v1/speak: text to speech over REST and over a WebSocket.
import { chunks, encode, wavHeader } from "../core/audio.js";
import { Serial } from "../core/serial.js";
import type { Answer, Core, HttpExchange, WsExchange, WsSession } from "../core/types.js";
import { badRequest, invalidJson, isWrong, tooLong } from "./errors.js";
import { type SpeakOptions, speakOptions } from "./options.js";

const kMaxCharacters = 2000;
const kPieceMs = 100;

async function pieces(core: Core, text: string, options: SpeakOptions): Promise<Buffer[]> {
  const sound = encode(await core.speak(text, { rate: options.rate, language: options.language }), options.encoding);
  const bytesPerMs = (options.rate / 1000) * (options.encoding === "linear16" ? 2 : 1);
  return chunks(sound, bytesPerMs * kPieceMs);
}

function header(options: SpeakOptions, length: number): Buffer {
  const bytes = wavHeader(options.rate, length);
  if (options.encoding === "linear16") return bytes;
  bytes.writeUInt16LE(options.encoding === "mulaw" ? 7 : 6, 20);
  bytes.writeUInt32LE(options.rate, 28);
  bytes.writeUInt16LE(1, 32);
  bytes.writeUInt16LE(8, 34);
  return bytes;
}

export async function speakRest(core: Core, exchange: HttpExchange): Promise<void> {
  const options = speakOptions(exchange.query, false);
  if (isWrong(options)) return exchange.refuse(options.fault, options);
  const body = exchange.json();
  if (body === undefined) return exchange.refuse("bad_request", invalidJson("expected value at line 1 column 1"));
  const text = (body as { text?: unknown } | null)?.text;
  if (typeof text !== "string" || text === "") {
    return exchange.refuse("bad_request", badRequest("Failed to deserialize JSON payload: missing field `text`"));
  }
  if (text.length > kMaxCharacters) return exchange.refuse("bad_request", tooLong);
  const sound = await pieces(core, text, options);
  const raw = { linear16: "audio/l16", mulaw: "audio/mulaw", alaw: "audio/alaw" }[options.encoding];
  const answer = await exchange.stream(200, {
    "content-type": options.container === "wav" ? "audio/wav" : `${raw};rate=${options.rate};channels=1`,
    "dg-model-name": options.model,
    "dg-char-count": String(text.length),
  });
  const length = sound.reduce((sum, piece) => sum + piece.length, 0);
  if (options.container === "wav") await answer.note({ binary: header(options, length) });
  for (const piece of sound) if (!(await answer.piece({ binary: piece, rate: options.rate }))) break;
  await answer.end();
}

export async function speakSocket(core: Core, exchange: WsExchange): Promise<void> {
  const options = speakOptions(exchange.query, true);
  if (isWrong(options)) return exchange.refuse(options.fault, options);
  const protocol = exchange.protocols.find((name) => name === "token" || name === "bearer");
  const session = await exchange.accept(protocol ? { protocol } : {});
  new SpeakSession(core, session, options, exchange.requestId);
}

// Whole sentences are spoken as they come; Flush speaks the rest and says so when all of it has been sent.
class SpeakSession {
  private readonly line: Serial;
  private answer: Answer | undefined; // from the first text to its Flush
  private readonly flushing = new Set<Answer>(); // what Clear must stop although its Flush has been asked for
  private text = "";
  private sequence = 0;
  private closing = false;

  constructor(
    private readonly core: Core,
    private readonly session: WsSession,
    private readonly options: SpeakOptions,
    requestId: string,
  ) {
    this.line = new Serial(() => session.fail("server_error"));
    session.onMessage = (data) => this.onMessage(data);
    session.onClose = () => {
      this.closing = true;
      this.answer?.cancel();
      for (const answer of this.flushing) answer.cancel();
    };
    const model = { model_name: options.model, model_version: "2025-04-07.0", model_uuid: core.uuid() };
    session.send({ json: { type: "Metadata", request_id: requestId, ...model } });
  }

  private onMessage(data: string | Buffer): void {
    if (this.closing) return;
    let message: { type?: unknown; text?: unknown } = {};
    try {
      message = Object(JSON.parse(String(data))) as typeof message;
    } catch {
      // Refused below, as every message without a known type.
    }
    if (typeof data === "string") {
      if (message.type === "Speak" && typeof message.text === "string") return this.onSpeak(message.text);
      if (message.type === "Flush") return this.flush();
      if (message.type === "Clear") return this.clear();
      if (message.type === "Close") return this.close();
    }
    this.session.fail("bad_request", { code: "DATA-0001", message: "Could not parse the client message." });
  }

  private onSpeak(text: string): void {
    if (text.length > kMaxCharacters) {
      return this.warn("TEXT_LIMIT_EXCEEDED", `Text of more than ${kMaxCharacters} characters is not spoken.`);
    }
    this.answer ??= this.session.answer();
    this.text += text;
    const end = Math.max(...[...".!?।"].map((mark) => this.text.lastIndexOf(mark))) + 1;
    if (end === 0) return;
    this.speak(this.text.slice(0, end));
    this.text = this.text.slice(end);
  }

  private speak(text: string): void {
    const answer = this.answer;
    if (!answer || text.trim() === "") return;
    void this.line.run(async () => {
      if (!answer.open) return;
      for (const piece of await pieces(this.core, text, this.options)) {
        if (!(await answer.piece({ binary: piece, rate: this.options.rate }))) return;
      }
    });
  }

  private flush(): void {
    this.speak(this.text);
    this.text = "";
    const answer = this.answer ?? this.session.answer();
    this.answer = undefined;
    void this.line.run(async () => {
      await answer.last({ json: { type: "Flushed", sequence_id: this.sequence++ } });
      await answer.end();
      this.flushing.delete(answer);
    });
    this.flushing.add(answer);
  }

  private clear(): void {
    this.answer?.cancel();
    for (const answer of this.flushing) answer.cancel();
    this.answer = undefined;
    this.text = "";
    void this.line.run(() => this.session.send({ json: { type: "Cleared", sequence_id: this.sequence++ } }));
  }

  private close(): void {
    if (this.answer) this.flush();
    this.closing = true;
    void this.line.run(() => this.session.close(1000));
  }

  private warn(code: string, description: string): void {
    this.session.send({ json: { type: "Warning", code, description } });
  }
}
