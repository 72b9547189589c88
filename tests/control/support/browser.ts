// A page that calls from the browser: asks for a call, opens its socket, sends what its microphone hears in binary
// frames by the real clock, plays what it receives at real speed, echoes marks when the sound before them was played or
// dropped, and honours clear.
import { performance } from "node:perf_hooks";
import WebSocket from "ws";
import type { Api, Json } from "./api.js";
import { eventually, type Server } from "./server.js";

export interface BrowserOptions {
  rate?: number;
  origin?: string;
  // What is asked for: {agent, draft, sessionId, variables}.
  call?: Json;
}

export class UpgradeRefused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Json,
    readonly headers: Record<string, string | string[] | undefined>,
  ) {
    super(`the upgrade was refused with ${status}`);
  }
}

interface Frame {
  from: number; // milliseconds of performance.now() at which it starts to play
  to: number;
  samples: Int16Array;
}

export function openBrowserSocket(server: Server, path: string, origin?: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(server.ws + path, { perMessageDeflate: false, ...(origin === undefined ? {} : { origin }) });
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
    socket.once("unexpected-response", (_request, response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => reject(new UpgradeRefused(response.statusCode ?? 0, JSON.parse(body), response.headers)));
    });
  });
}

export class BrowserCaller {
  readonly messages: Json[] = [];
  readonly frames: Frame[] = [];
  readonly faults: string[] = [];
  closed: { code: number; reason: string } | undefined;
  sessionId = "";
  started: Json;
  muted = false;

  private readonly toSpeak: Int16Array[] = [];
  private marks: { name: string; at: number; timer: NodeJS.Timeout }[] = [];
  private pump: NodeJS.Timeout | undefined;

  private constructor(
    private readonly socket: WebSocket,
    readonly rate: number,
  ) {
    socket.on("message", (data: Buffer, isBinary: boolean) => (isBinary ? this.onSound(data) : this.onText(data)));
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString("utf8") };
      this.stopMicrophone();
    });
    socket.on("error", () => undefined);
  }

  // Started, with the microphone on.
  static async dial(api: Api, server: Server, options: BrowserOptions = {}): Promise<BrowserCaller> {
    const asked = await api.must("POST", "/api/v1/browser-calls", options.call ?? {});
    const caller = await BrowserCaller.open(server, asked.socketPath, options);
    caller.sessionId = asked.sessionId;
    await caller.start();
    return caller;
  }

  static async open(server: Server, path: string, options: BrowserOptions = {}): Promise<BrowserCaller> {
    return new BrowserCaller(await openBrowserSocket(server, path, options.origin), options.rate ?? 16_000);
  }

  async start(): Promise<void> {
    this.send({ type: "start", sampleRate: this.rate });
    this.startMicrophone();
    this.started = await this.message("started");
  }

  send(message: unknown): void {
    if (this.socket.readyState === WebSocket.OPEN)
      this.socket.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  startMicrophone(): void {
    const size = this.rate / 50;
    const began = performance.now();
    let sent = 0;
    this.pump = setInterval(() => {
      while (sent * 20 <= performance.now() - began) {
        const piece = this.takeSpeech(size);
        if (!this.muted) this.send(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
        sent += 1;
      }
    }, 20);
  }

  stopMicrophone(): void {
    clearInterval(this.pump);
    for (const mark of this.marks) clearTimeout(mark.timer);
  }

  // Resolves when the last of it has been sent.
  say(samples: Int16Array): Promise<unknown> {
    this.toSpeak.push(samples);
    return eventually("the words to be sent", async () => this.toSpeak.length === 0, 30_000);
  }

  key(digit: string): void {
    this.send({ type: "key", digit });
  }

  async hangUp(): Promise<void> {
    this.send({ type: "stop" });
    await this.end();
  }

  // The network goes away.
  drop(): void {
    this.stopMicrophone();
    this.socket.terminate();
  }

  end(withinMs = 10_000): Promise<unknown> {
    return eventually("the socket to be closed", async () => this.closed !== undefined, withinMs);
  }

  message(type: string, withinMs = 10_000): Promise<Json> {
    return eventually(
      `a message ${type}`,
      async () => {
        const found = this.messages.find((one) => one.type === type);
        if (found === undefined && this.closed !== undefined)
          throw new Error(`closed with ${this.closed.code} ${this.closed.reason} instead of ${type}`);
        return found;
      },
      withinMs,
    );
  }

  count(type: string): number {
    return this.messages.filter((one) => one.type === type).length;
  }

  // Sound has come since there were so many frames.
  agentSpeaks(since = 0, withinMs = 15_000): Promise<unknown> {
    return eventually("the agent to speak", async () => this.frames.length > since, withinMs);
  }

  // Everything that came was played and nothing more came for a while.
  async agentFinished(since = 0, quietMs = 500): Promise<void> {
    await this.agentSpeaks(since);
    await eventually("the agent to finish", async () => performance.now() > this.frames.at(-1)!.to + quietMs, 40_000);
  }

  // All that was received, as it was sent.
  heard(): Int16Array {
    const all = new Int16Array(this.frames.reduce((sum, frame) => sum + frame.samples.length, 0));
    let at = 0;
    for (const frame of this.frames) {
      all.set(frame.samples, at);
      at += frame.samples.length;
    }
    return all;
  }

  private takeSpeech(count: number): Int16Array {
    const piece = new Int16Array(count);
    const first = this.toSpeak[0];
    if (first === undefined) return piece;
    piece.set(first.subarray(0, count));
    if (first.length > count) this.toSpeak[0] = first.subarray(count);
    else this.toSpeak.shift();
    return piece;
  }

  private onSound(data: Buffer): void {
    if (data.length === 0 || data.length % (this.rate / 25) !== 0) this.faults.push(`a frame of ${data.length} bytes`);
    if (this.count("started") === 0) this.faults.push("sound before started");
    const samples = new Int16Array(data.length >> 1);
    for (let i = 0; i < samples.length; ++i) samples[i] = data.readInt16LE(2 * i);
    const from = Math.max(performance.now(), this.frames.at(-1)?.to ?? 0);
    this.frames.push({ from, to: from + (samples.length / this.rate) * 1000, samples });
  }

  private onText(data: Buffer): void {
    const message = JSON.parse(data.toString("utf8"));
    this.messages.push(message);
    if (message.type === "mark") {
      const at = this.frames.at(-1)?.to ?? performance.now();
      const timer = setTimeout(() => this.send(message), Math.max(0, Math.ceil(at - performance.now()) + 1));
      this.marks.push({ name: message.name, at, timer });
    } else if (message.type === "clear") {
      const now = performance.now();
      for (const frame of this.frames) if (frame.to > now) frame.to = Math.min(frame.to, Math.max(frame.from, now));
      for (const mark of this.marks.filter((one) => one.at > now)) {
        clearTimeout(mark.timer);
        this.send({ type: "mark", name: mark.name });
      }
      this.marks = this.marks.filter((one) => one.at <= now);
    } else if (message.type !== "started" && message.type !== "ended") {
      this.faults.push(`a message ${message.type}`);
    }
  }
}

// The words in the server's own voice, at the rate: what an agent says first.
export async function spoken(api: Api, server: Server, words: string, rate = 16_000): Promise<Int16Array> {
  const name = `speaker-${words.toLowerCase().replace(/[^a-z]+/g, "-")}`.slice(0, 60);
  const yaml = `name: ${name}\nfirst_message: ${words}\nstt: {provider: none}\nllm: {provider: instant}\ntts: {provider: local}\n`;
  const known = await api.get(`/api/v1/agents/${name}`);
  if (known.status !== 200) await api.must("POST", "/api/v1/agents", { yaml, publish: true });
  const caller = await BrowserCaller.dial(api, server, { rate, call: { agent: name } });
  await caller.agentFinished();
  await caller.hangUp();
  return caller.heard();
}

// Recorded at 8 kHz, for a microphone of another rate.
export function atRate(samples: Int16Array, rate: number): Int16Array {
  const times = rate / 8000;
  const out = new Int16Array(samples.length * times);
  for (let i = 0; i < out.length; ++i) {
    const at = i / times;
    const before = samples[Math.floor(at)]!;
    const after = samples[Math.min(samples.length - 1, Math.floor(at) + 1)]!;
    out[i] = Math.round(before + (after - before) * (at - Math.floor(at)));
  }
  return out;
}
