// What tests of whole flows share: small agents that answer at once, calls on numbers of ours, streams of events.
import { type CallerOptions, ExotelCaller } from "../../e2e/support/exotel.js";
import type { Api, Json } from "./api.js";
import { eventually, type Server } from "./server.js";

const instant = "stt: {provider: instant}\nllm: {provider: instant}\ntts: {provider: instant}\n";

// An agent whose greeting tells which one it is.
export const greeter = (name: string, words = `This is ${name}.`) => `name: ${name}\nfirst_message: ${words}\n${instant}`;

// Answered by keys in a call, by words in a chat.
export const keypad = (name: string) => `name: ${name}
first_message: Press a key.
stt: {provider: none}
llm: {provider: script}
tts: {provider: instant}
dtmf: {finish_on: ""}
script:
  first_stage: start
  fallback: I did not get that.
  slots:
    phone: {kind: digits, min_digits: 4, max_digits: 20}
  stages:
    start:
      rules:
        - keys: "1"
          reply: That was one.
          go_to: second
        - patterns: [next]
          reply: Going on.
          go_to: second
        - patterns: ["my number is {phone}"]
          reply: Thank you.
    second:
      rules:
        - keys: "9"
          reply: Goodbye.
          end_call: true
  anywhere:
    - patterns: [bye]
      reply: Goodbye.
      end_call: true
    - patterns: [human]
      reply: One moment.
      escalate: true
`;

export const publish = (api: Api, yaml: string): Promise<Json> =>
  api.must("POST", "/api/v1/agents", { yaml, publish: true });

export const importNumber = (api: Api, phoneNumber: string, linkedAgentId: string | null = null): Promise<Json> =>
  api.must("POST", "/api/v1/phone-numbers", { phoneNumber, linkedAgentId });

export const dial = (server: Server, path = "/media", options: CallerOptions = {}) =>
  ExotelCaller.dial(server.ws + path, options);

// A call that is answered and hung up at once.
export async function shortCall(server: Server, path = "/media", options: CallerOptions = {}): Promise<ExotelCaller> {
  const caller = await dial(server, path, options);
  await caller.agentSpeaks();
  await caller.hangUp();
  return caller;
}

// The same, with the greeting heard to its end: what was not heard is not in the transcript.
export async function heardCall(server: Server, path = "/media", options: CallerOptions = {}): Promise<ExotelCaller> {
  const caller = await dial(server, path, options);
  await caller.agentFinished();
  await caller.hangUp();
  return caller;
}

// The call of this stream in the log, asked for until it is as wanted: rows are written a moment after the fact.
export async function callOf(
  api: Api,
  caller: ExotelCaller,
  ready: (call: Json) => boolean = (call) => call.status !== "in_progress",
): Promise<Json> {
  let last: Json;
  try {
    return await eventually("the call in the log", async () => {
      const page = await api.must("GET", "/api/v1/calls?limit=200");
      const found = page.items.find((call: Json) => call.streamId === caller.streamId);
      if (found === undefined) return undefined;
      last = await api.must("GET", `/api/v1/calls/${found.id}`);
      return ready(last) ? last : undefined;
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${JSON.stringify(last)}`);
  }
}

// Who answers a call there, by what is said first.
export async function greetingAt(api: Api, server: Server, path: string, options: CallerOptions = {}): Promise<string> {
  const call = await callOf(api, await shortCall(server, path, options));
  return call.turns[0].agentText;
}

export interface StreamedEvent {
  id: string;
  event: string;
  data: Json;
}

// Server-sent events, read until the stream ends or is closed.
export class EventReader {
  readonly events: StreamedEvent[] = [];
  ended = false;
  private readonly abort = new AbortController();

  static async open(api: Api, path: string, options: { headers?: Record<string, string>; method?: string; json?: unknown } = {}) {
    const reader = new EventReader();
    const response = await api.raw(options.method ?? "GET", path, {
      headers: { accept: "text/event-stream", ...options.headers },
      signal: reader.abort.signal,
      ...(options.json === undefined ? {} : { json: options.json }),
    });
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    const body = response.body!.getReader();
    // A response comes with its first bytes, so from here on nothing is missed.
    void reader.read(body as ReadableStreamDefaultReader<Uint8Array>).catch(() => undefined);
    return reader;
  }

  get types(): string[] {
    return this.events.map((one) => one.event);
  }

  of(type: string): StreamedEvent[] {
    return this.events.filter((one) => one.event === type);
  }

  until(what: string, ready: (events: StreamedEvent[]) => boolean, withinMs = 10_000): Promise<boolean> {
    return eventually(`${what}; there were ${this.types.join(", ")}`, async () => ready(this.events), withinMs);
  }

  close(): void {
    this.abort.abort();
  }

  private async read(body: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    try {
      for (;;) {
        const { done, value } = await body.read();
        if (done) return;
        text += decoder.decode(value, { stream: true });
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          this.take(text.slice(0, end));
          text = text.slice(end + 2);
        }
      }
    } finally {
      this.ended = true;
    }
  }

  private take(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split("\n")) {
      const colon = line.indexOf(":");
      if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart());
    }
    if (!fields.has("data")) return;
    this.events.push({
      id: fields.get("id") ?? "",
      event: fields.get("event") ?? "",
      data: JSON.parse(fields.get("data")!),
    });
  }
}
