// The contract between the core and a vendor module. A vendor module says what the vendor says, in its shapes and its
// error format; the core owns sockets, keys, faults, latencies, the journal and the speech. A module never applies a
// fault itself: it sends messages through an Answer, and the Answer breaks them when a rule asks for it.
import type { IncomingHttpHeaders } from "node:http";

/** What a request is for: rules are chosen by it. "other" is for lists of models and the like. */
export type Part = "stt" | "llm" | "tts" | "sts" | "other";

export type Phase = "connect" | "first" | "middle" | "end";

/** Faults that a vendor words in its own error format. */
export const kErrorFaults = [
  "bad_key",
  "no_credit",
  "rate_limit",
  "unknown_model",
  "region",
  "bad_request",
  "overload",
  "server_error",
] as const;
export type ErrorFault = (typeof kErrorFaults)[number];

/** Faults of the wire, made by the core. */
export const kWireFaults = [
  "timeout", // accepts, then never answers
  "never_first_piece", // opens the answer (headers, upgrade), and sends no useful piece
  "slow_drip", // every piece late, HTTP bodies in crumbs
  "break", // TCP destroyed
  "half_open", // nothing more is sent nor read, the socket stays
  "close_early", // closed cleanly without the end
  "invalid_json",
  "wrong_types",
  "invalid_utf8",
  "split_utf8", // valid, but cut inside characters; a client must not mind
  "endless", // pieces repeat until the client goes
  "odd_byte", // sound split inside a sample, and one byte too many at the end
  "wav_header", // in front of raw sound
  "text_for_binary", // and binary for text
  "answer_twice", // the whole answer again after its end
  "garbage",
] as const;
export type WireFault = (typeof kWireFaults)[number];
export type Fault = ErrorFault | WireFault;

/** One line of the fault and latency plan. It holds for one key, so tests side by side do not meet. */
export interface Rule {
  vendor: string; // or "*"
  key: string; // or "*"
  part: Part | "*";
  fault?: Fault;
  phase?: Phase; // default: connect for error faults, timeout and garbage; first for never_first_piece; else middle
  times?: number; // how often the fault happens; default: always
  latency_ms?: number; // before the first piece
  piece_ms?: number; // before each further piece
  connect_ms?: number; // before the answer to the handshake or the request
  flavour?: string; // a vendor's variant for this key, for example "ollama"
}

/**
 * What is sent. `json` is one event: a WebSocket text frame, or in HTTP whatever `frame` makes of its text (default: the
 * text itself). `audio` is sound inside an event, so that faults of sound can reach it; `rate` is for the header of a fault.
 */
export type Message =
  | { json: unknown; frame?: (text: string) => string }
  | { text: string }
  | { binary: Buffer; rate?: number }
  | { audio: Buffer; wrap: (audio: Buffer) => Message; rate?: number };

/**
 * One answer: an HTTP response, or one turn on a WebSocket (a transcript, a sentence spoken, a model's response).
 * All methods wait for latencies, and return false when nothing more should be sent: the client has gone, the answer was
 * cancelled or a fault has ended it. They never throw.
 */
export interface Answer {
  /** A useful piece: a text delta, sound, a partial transcript. */
  piece(message: Message): Promise<boolean>;
  /** A piece that comes while the input is still coming (an interim transcript): as piece(), but it waits for nothing. */
  early(message: Message): Promise<boolean>;
  /** What surrounds the pieces (role delta, response.created): no latency, no fault of phase "first". */
  note(message: Message): Promise<boolean>;
  /** What tells that the answer is over (finish_reason, isFinal, response.done); the phase "end". May be called again. Without
   *  any piece() before it, it waits as the first one would. */
  last(message: Message): Promise<boolean>;
  /** The answer is over. HTTP: the body ends here. */
  end(): Promise<void>;
  /** The client interrupted (response.cancel, Clear, close_context): pieces return false from now on. */
  cancel(): void;
  readonly open: boolean;
}

interface Exchange {
  readonly path: string; // decoded, without query
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly key: string; // "" when none was given
  readonly part: Part;
  readonly requestId: string; // for the vendor's request id header and bodies
  readonly flavour: string; // of the key's rules; "" when none
}

export interface HttpExchange extends Exchange {
  readonly method: string;
  readonly body: Buffer; // whole; at most 32 MiB
  /** The body as JSON, undefined when it is none. */
  json(): unknown;
  /** The parts of a multipart body by name; files have a filename. */
  multipart(): FormPart[];
  /** Replies with one JSON document (faults of every phase reach it). */
  reply(status: number, body: unknown, headers?: Record<string, string>): Promise<void>;
  /** Refuses in the vendor's own words; for requests that are wrong in themselves, without any rule. */
  refuse(fault: ErrorFault, detail?: RefusalDetail): Promise<void>;
  /** Starts a streamed body. */
  stream(status: number, headers: Record<string, string>): Promise<Answer>;
}

export interface FormPart {
  name: string;
  filename?: string;
  type?: string;
  data: Buffer;
}

export interface WsExchange extends Exchange {
  readonly protocols: string[]; // Sec-WebSocket-Protocol, as offered
  /** Completes the handshake. The connect faults have been dealt with before the module is asked. */
  accept(options?: { protocol?: string; headers?: Record<string, string> }): Promise<WsSession>;
  /** Plain HTTP in place of the handshake. */
  refuse(fault: ErrorFault, detail?: RefusalDetail): Promise<void>;
}

export interface WsSession {
  /** `data` is a string for text frames. Set them before the next await after accept(). */
  onMessage: (data: string | Buffer) => void;
  /** Once, however the socket ended. */
  onClose: (code: number) => void;
  /** Outside any answer and without faults: greetings, acknowledgements, signals. */
  send(message: Message): void;
  /** Begins an answer; its rule is taken now. `part` defaults to the exchange's. */
  answer(part?: Part): Answer;
  /** Says an error of the vendor inside the session (and closes it if this vendor does so). */
  fail(fault: ErrorFault, detail?: RefusalDetail): void;
  close(code: number, reason?: string): void;
  readonly open: boolean;
}

export interface RefusalDetail {
  model?: string;
  message?: string;
  param?: string;
  code?: string;
  retryAfterMs?: number; // for rate_limit; default 300
  eventId?: string; // of the client's event that is refused
}

export interface HttpRefusal {
  status: number;
  headers: Record<string, string>;
  body: unknown; // a string is sent as it is, anything else as JSON
}

/** An error inside an open stream. Without `close` a WebSocket stays open; an HTTP body always ends after it. */
export interface StreamRefusal {
  message?: Message;
  close?: { code: number; reason: string };
}

export interface RefusalContext extends RefusalDetail {
  requestId: string;
  part: Part;
  path: string;
  flavour: string;
  key: string;
}

export interface Vendor {
  name: string; // "openai": in the first line of stdout and in rules
  /** The key of a request, wherever this vendor has it ("" when there is none). */
  keyOf(headers: IncomingHttpHeaders, query: URLSearchParams): string;
  /** What a request is for. `method` is "WS" for handshakes. */
  partOf(method: string, path: string, query: URLSearchParams): Part;
  /** Headers that every HTTP response of this vendor has (request id and the like). */
  headers(requestId: string): Record<string, string>;
  httpError(fault: ErrorFault, context: RefusalContext): HttpRefusal;
  streamError(fault: ErrorFault, context: RefusalContext, over: "http" | "ws"): StreamRefusal;
  /** Requests and handshakes with a good key and no connect fault. An unknown path: `refuse("bad_request")`. */
  http(exchange: HttpExchange): Promise<void>;
  ws(exchange: WsExchange): Promise<void>;
}

export type VendorModule = (core: Core) => Vendor;

// ---- what the core offers to a module

export interface SpeakOptions {
  rate: number;
  language?: string; // BCP 47; default en
  speed?: number; // 1 is normal
}

export interface ChatMessage {
  role: "system" | "user" | "assistant" | "tool";
  text: string;
  tool?: string; // of a tool message, and of an assistant message that called one: the tool's name
}

export interface ChatTool {
  name: string;
  parameters?: unknown; // JSON Schema
}

export interface ChatRequest {
  messages: ChatMessage[];
  tools?: ChatTool[];
  toolChoice?: "auto" | "none" | "required" | { name: string };
  maxTokens?: number;
}

export interface ChatReply {
  text: string; // "" when only a tool is called
  pieces: string[]; // of the text, as a model's tokens come
  language: string; // "en" or "hi"
  tool?: { id: string; name: string; arguments: Record<string, unknown> };
  truncated: boolean; // maxTokens was reached
  usage: { input: number; cached: number; output: number };
}

export interface SegmenterOptions {
  rate: number;
  silence_ms?: number; // of silence after which speech is over; default 500
  min_speech_ms?: number; // shorter sounds are noise; default 100
  prefix_ms?: number; // kept from before the start; default 300
  partial_ms?: number; // how often onPartial comes while somebody speaks; default 500
}

export interface SegmenterHandlers {
  onStart?(at_ms: number): void;
  /** `samples` is the utterance so far. */
  onPartial?(samples: Int16Array, from_ms: number, to_ms: number): void;
  /** `to_ms` is where the speech ended, the silence after it not counted. */
  onEnd?(samples: Int16Array, from_ms: number, to_ms: number): void;
}

export interface Segmenter {
  push(samples: Int16Array): void;
  /** The utterance is over now; false when nobody was speaking. */
  flush(): boolean;
  readonly speaking: boolean;
  readonly position_ms: number; // of sound pushed
}

export interface Core {
  /** Real speech, mono. Cached by text. Text without anything to say gives 100 ms of silence. */
  speak(text: string, options: SpeakOptions): Promise<Int16Array>;
  /** What was said, lower case, "" when it lies outside the phrases of conversation.yaml. */
  recognise(samples: Int16Array, rate: number): Promise<string>;
  segmenter(options: SegmenterOptions, handlers: SegmenterHandlers): Segmenter;
  reply(request: ChatRequest): ChatReply;
  id(prefix?: string): string; // unique, hexadecimal after the prefix
  uuid(): string;
}
