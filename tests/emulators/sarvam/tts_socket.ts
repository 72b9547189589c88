// Sarvam's voices over a WebSocket, /text-to-speech/ws. Nothing cancels: a client that wants silence closes it.
//
// Whether linear16 comes with a WAV header in each message is not known. Here it comes bare, and with a header for keys
// whose rules say the flavour "wav".
import { wav } from "../core/audio.js";
import { Serial } from "../core/serial.js";
import type { Answer, Core, Message, WsExchange, WsSession } from "../core/types.js";
import { datedId, isWrong, type Wrong } from "./errors.js";
import { protocolOf } from "./sub_protocol.js";
import { coded, longest, samplesOf, type Voice, voiceOf } from "./voice.js";

const kIdleMs = 60_000;
const kPieceMs = 200;
const kTypes = { wav: "audio/wav", linear16: "audio/wav", mulaw: "audio/basic", alaw: "audio/x-alaw-basic" };

export async function ttsSocket(core: Core, exchange: WsExchange): Promise<void> {
  const model = exchange.query.get("model") ?? "bulbul:v2";
  if (!/^bulbul:v(2|3|3-beta)$/.test(model)) return exchange.refuse("unknown_model", { model });
  const session = await exchange.accept(protocolOf(exchange));
  const final = exchange.query.get("send_completion_event") === "true";
  new TtsSocket(core, session, exchange.requestId, model, final, exchange.flavour === "wav");
}

class TtsSocket {
  private readonly line: Serial;
  private voice: Voice | undefined;
  private least = 50;
  private most = 150;
  private text = "";
  private answer: Answer | undefined; // from a first text to its flush
  private idle: NodeJS.Timeout | undefined;

  constructor(
    private readonly core: Core,
    private readonly session: WsSession,
    private readonly requestId: string,
    private readonly model: string,
    private readonly sendFinal: boolean,
    private readonly headers: boolean,
  ) {
    this.line = new Serial(() => session.fail("server_error"));
    session.onMessage = (data) => this.onMessage(data);
    session.onClose = () => {
      clearTimeout(this.idle);
      this.answer?.cancel();
    };
    this.alive();
  }

  private alive(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.session.close(1000, "idle"), kIdleMs);
  }

  private onMessage(data: string | Buffer): void {
    this.alive();
    let message: { type?: unknown; data?: Record<string, unknown> };
    try {
      message = Object(JSON.parse(String(data))) as typeof message;
    } catch {
      return this.refuse({ fault: "bad_request", code: "unprocessable_entity_error", message: "The message is no JSON." });
    }
    const fields = Object(message.data ?? {}) as Record<string, unknown>;
    switch (message.type) {
      case "config":
        return this.configure(fields);
      case "text":
        return this.onText(fields["text"]);
      case "flush":
        return this.flush();
      case "ping":
        return;
      default:
        return this.refuse({ fault: "bad_request", code: "unprocessable_entity_error", message: "The type of the message is not known." });
    }
  }

  private configure(asked: Record<string, unknown>): void {
    // A new config speaks what is buffered, with the old one.
    this.flush();
    const voice = voiceOf(asked, this.model, "socket");
    if (isWrong(voice)) return this.refuse(voice);
    const least = asked["min_buffer_size"] ?? 50;
    const most = asked["max_chunk_length"] ?? 150;
    if (typeof least !== "number" || least < 30 || least > 200 || typeof most !== "number" || most < 50 || most > 500) {
      return this.refuse({ fault: "bad_request", message: "min_buffer_size is 30 to 200 and max_chunk_length 50 to 500." });
    }
    this.voice = voice;
    this.least = least;
    this.most = most;
  }

  private onText(text: unknown): void {
    if (!this.voice) {
      return this.refuse({ fault: "bad_request", code: "unprocessable_entity_error", message: "The first message must be of type config." });
    }
    const limit = longest(this.model, "socket");
    if (typeof text !== "string" || text === "") {
      return this.refuse({ fault: "bad_request", code: "unprocessable_entity_error", message: "data.text : Field required" });
    }
    if (text.length > limit) {
      return this.refuse({ fault: "bad_request", code: "unprocessable_entity_error", message: `Text exceeds ${limit} characters` });
    }
    this.answer ??= this.session.answer();
    this.text += text;
    while (this.text.length >= this.least) {
      const cut = this.cut();
      if (cut === 0) break;
      this.speak(this.text.slice(0, cut));
      this.text = this.text.slice(cut);
    }
  }

  // Up to the last end of a sentence, or of a word when a chunk has become too long; 0: wait for more.
  private cut(): number {
    const chunk = this.text.slice(0, this.most);
    const sentence = Math.max(...[...".!?।"].map((mark) => chunk.lastIndexOf(mark))) + 1;
    if (sentence >= this.least || (sentence > 0 && sentence === this.text.length)) return sentence;
    return this.text.length >= this.most ? Math.max(sentence, chunk.lastIndexOf(" ") + 1) || this.most : 0;
  }

  private speak(text: string): void {
    const { answer, voice } = this;
    if (!answer || !voice || text.trim() === "") return;
    void this.line.run(async () => {
      if (!answer.open) return;
      const samples = await samplesOf(this.core, text, voice);
      const step = Math.round((voice.rate * kPieceMs) / 1000);
      for (let at = 0; at < samples.length; at += step) {
        const piece = samples.slice(at, at + step);
        const headed = this.headers && voice.codec === "linear16";
        const audio = headed ? wav(piece, voice.rate) : coded(piece, voice);
        if (!(await answer.piece(this.message(audio, voice)))) return;
      }
    });
  }

  private message(audio: Buffer, voice: Voice): Message {
    const about = { content_type: kTypes[voice.codec], request_id: datedId(this.requestId) };
    return { audio, rate: voice.rate, wrap: (bytes) => ({ json: { type: "audio", data: { ...about, audio: bytes.toString("base64") } } }) };
  }

  private flush(): void {
    this.speak(this.text);
    this.text = "";
    const answer = this.answer;
    if (!answer) return;
    this.answer = undefined;
    void this.line.run(async () => {
      const timestamp = new Date().toISOString();
      const event = { event_type: "final", message: "Audio generation completed", timestamp };
      if (this.sendFinal) await answer.last({ json: { type: "event", data: event } });
      await answer.end();
    });
  }

  private refuse(wrong: Wrong): void {
    this.session.fail(wrong.fault, wrong);
  }
}
