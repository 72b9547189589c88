// Deepgram's own client against the emulator: what it takes for Deepgram, ours may take for Deepgram.
import { DeepgramClient } from "@deepgram/sdk";
import WebSocket from "ws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chunks, encode, joinSamples, pcmSamples, wav } from "./core/audio.js";
import { Emulator } from "./core/emulator.js";
import { failure, Inbox, kHeard, kPhrase, onTheLine } from "./sdk_support.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await Emulator.start({ tls: false });
});
afterAll(() => emulator?.stop());

function client(apiKey: string): DeepgramClient {
  const base = emulator.url("deepgram", "http");
  const production = emulator.url("deepgram", "ws");
  return new DeepgramClient({ apiKey, environment: { base, production, agent: production, agentRest: base }, maxRetries: 0 });
}

async function spoken(text: string, rate: number, key = "speaker"): Promise<Buffer> {
  const options = { text, model: "aura-2-thalia-en" as const, encoding: "linear16" as const, sample_rate: rate, container: "none" as const };
  const answer = await client(key).speak.v1.audio.generate(options);
  return Buffer.from(await answer.arrayBuffer());
}

interface Result {
  type: string;
  transcript: string;
  is_final: boolean;
  speech_final: boolean;
  from_finalize: boolean;
  raw: Record<string, unknown>;
}

function result(message: unknown): Result {
  const raw = message as Record<string, unknown>;
  const channel = raw["channel"] as { alternatives?: { transcript: string }[] } | undefined;
  const { type, is_final, speech_final, from_finalize } = raw as unknown as Result;
  return { type, is_final, speech_final, from_finalize, transcript: channel?.alternatives?.[0]?.transcript ?? "", raw };
}

type ListenArguments = Parameters<DeepgramClient["listen"]["v1"]["connect"]>[0];

async function listen(key: string, more: Partial<ListenArguments> = {}) {
  const socket = await client(key).listen.v1.connect({
    model: "nova-3",
    encoding: "linear16",
    sample_rate: 8000,
    reconnectAttempts: 0,
    ...more,
  } as ListenArguments);
  const inbox = new Inbox<Result>();
  const closed = new Promise<{ code: number; reason: string }>((resolve) => socket.on("close", (event) => resolve(event as never)));
  socket.on("message", (message) => inbox.add(result(message)));
  socket.on("error", () => undefined);
  socket.connect();
  await socket.waitForOpen();
  return { socket, inbox, closed };
}

function send(socket: { sendMedia(data: ArrayBufferView): void }, sound: Buffer): void {
  for (const piece of chunks(sound, 1600)) socket.sendMedia(piece);
}

const finals = (inbox: Inbox<Result>): string =>
  inbox.all
    .filter((one) => one.is_final && one.transcript !== "")
    .map((one) => one.transcript)
    .join(" ");

describe("live", () => {
  test("a spoken sentence is heard, with interim results, signals and the end of the stream", async () => {
    const { socket, inbox, closed } = await listen("live", {
      interim_results: "true",
      vad_events: "true",
      endpointing: 300,
      utterance_end_ms: 1000,
    });
    send(socket, onTheLine(await spoken(kPhrase, 8000), 8000, 2500));
    const last = await inbox.until((one) => one.speech_final);
    expect(finals(inbox)).toBe(kHeard);
    expect(last.from_finalize).toBe(false);
    const end = await inbox.until((one) => one.type === "UtteranceEnd");
    expect(Number(end.raw["last_word_end"])).toBeGreaterThan(0.5);
    expect(inbox.all.some((one) => one.type === "SpeechStarted")).toBe(true);
    expect(inbox.all.some((one) => one.type === "Results" && !one.is_final)).toBe(true);
    socket.sendCloseStream({ type: "CloseStream" });
    const metadata = await inbox.until((one) => one.type === "Metadata");
    expect(Number(metadata.raw["duration"])).toBeGreaterThan(3);
    expect((await closed).code).toBe(1000);
  });

  test("Finalize gives what was heard so far", async () => {
    const { socket, inbox } = await listen("finalize");
    const sound = await spoken("Tell me a long story.", 8000);
    send(socket, Buffer.concat([Buffer.alloc(4800), sound]));
    socket.sendKeepAlive({ type: "KeepAlive" });
    socket.sendFinalize({ type: "Finalize" });
    const last = await inbox.until((one) => one.from_finalize);
    expect(last.speech_final).toBe(false);
    expect(finals(inbox)).toBe("tell me a long story");
    socket.close();
  });

  test("a long sentence comes in two finals, words with their times", async () => {
    const { socket, inbox } = await listen("two", { punctuate: "true", encoding: "mulaw" });
    const samples = pcmSamples(onTheLine(await spoken("I would like to book an appointment for me.", 8000), 8000));
    for (const piece of chunks(encode(samples, "mulaw"), 800)) socket.sendMedia(piece);
    await inbox.until((one) => one.speech_final);
    const parts = inbox.all.filter((one) => one.is_final && one.transcript !== "");
    expect(parts.length).toBe(2);
    expect(parts.map((one) => one.speech_final)).toEqual([false, true]);
    expect(finals(inbox)).toMatch(/^I would like to book .*\.$/);
    const words = (parts[1]!.raw["channel"] as { alternatives: { words: { start: number; punctuated_word: string }[] }[] }).alternatives[0]!.words;
    expect(words.map((one) => one.punctuated_word).join(" ")).toBe(parts[1]!.transcript);
    expect(words[0]!.start).toBeGreaterThan(0.3);
    socket.close();
  });

  test("an empty binary frame closes the stream, and sound that cannot be decoded is fatal", async () => {
    const headers = { authorization: "Token empty" };
    const url = `${emulator.url("deepgram", "ws")}/v1/listen?model=nova-2`;
    const closed = (socket: WebSocket) =>
      new Promise<{ code: number; reason: string }>((resolve) => socket.on("close", (code, reason) => resolve({ code, reason: String(reason) })));
    const empty = new WebSocket(`${url}&encoding=linear16&sample_rate=8000`, { headers });
    empty.on("open", () => empty.send(Buffer.alloc(0)));
    expect((await closed(empty)).code).toBe(1000);
    const bare = new WebSocket(url, { headers });
    bare.on("open", () => bare.send(Buffer.alloc(320, 7)));
    const { code, reason } = await closed(bare);
    expect(code).toBe(1008);
    expect(reason).toContain("DATA-0000");
  });

  test.concurrent("without sound and text the stream ends with NET-0001 after ten seconds", async () => {
    const { inbox, closed } = await listen("idle");
    const { code, reason } = await closed;
    expect(code).toBe(1011);
    expect(reason).toContain("net0001");
    expect(inbox.all[0]!.raw["duration"]).toBe(0);
    expect(inbox.all[0]!.raw["models"]).toBeUndefined();
  });

  test("a connection that breaks is an error of the client", async () => {
    emulator.rule({ vendor: "deepgram", key: "breaks", part: "stt", fault: "break", phase: "end" });
    const { socket, inbox, closed } = await listen("breaks");
    send(socket, onTheLine(await spoken(kPhrase, 8000), 8000));
    expect((await closed).code).toBe(1006);
    expect(finals(inbox)).toBe("");
  });
});

describe("Flux", () => {
  test("a turn starts, may be over, and ends", async () => {
    const socket = await client("flux").listen.v2.connect({
      model: "flux-general-en",
      encoding: "linear16",
      sample_rate: 8000,
      eager_eot_threshold: 0.4,
      reconnectAttempts: 0,
    } as never);
    const inbox = new Inbox<Record<string, unknown>>();
    socket.on("message", (message) => inbox.add(message as never));
    socket.connect();
    await socket.waitForOpen();
    send(socket, onTheLine(await spoken(kPhrase, 8000), 8000));
    const end = await inbox.until((one) => one["event"] === "EndOfTurn");
    expect(end["transcript"]).toBe(kHeard);
    expect(inbox.all[0]!["type"]).toBe("Connected");
    const events = inbox.all.map((one) => one["event"]).filter((one) => one !== undefined && one !== "Update");
    expect(events).toEqual(["StartOfTurn", "EagerEndOfTurn", "EndOfTurn"]);
    const numbers = inbox.all.map((one) => Number(one["sequence_id"]));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    socket.close();
  });

  test("a pause inside a sentence takes the eager end back", async () => {
    const url = `${emulator.url("deepgram", "ws")}/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=8000&eager_eot_threshold=0.5`;
    const socket = new WebSocket(url, { headers: { authorization: "Token resumes" } });
    const inbox = new Inbox<Record<string, unknown>>();
    socket.on("message", (data) => inbox.add(JSON.parse(String(data)) as never));
    await new Promise((resolve) => socket.once("open", resolve));
    const hello = await spoken("Hello there.", 8000);
    socket.send(Buffer.concat([Buffer.alloc(4800), hello, Buffer.alloc(8000 * 2 * 0.35), hello, Buffer.alloc(16_000)]));
    await inbox.until((one) => one["event"] === "EndOfTurn");
    expect(inbox.all.map((one) => one["event"])).toContain("TurnResumed");
    socket.close();
  });
});

describe("recordings", () => {
  test("two channels are transcribed apart", async () => {
    const caller = pcmSamples(await spoken(kPhrase, 8000));
    const agent = pcmSamples(await spoken("Tell me a long story.", 8000));
    const length = caller.length + agent.length;
    const both = new Int16Array(2 * length);
    caller.forEach((sample, i) => (both[2 * i] = sample));
    agent.forEach((sample, i) => (both[2 * (caller.length + i) + 1] = sample));
    const file = wav(both, 8000);
    file.writeUInt16LE(2, 22);
    file.writeUInt32LE(8000 * 4, 28);
    file.writeUInt16LE(4, 32);
    const answer = (await client("file").listen.v1.media.transcribeFile(file, {
      model: "nova-3",
      multichannel: true,
      utterances: true,
    })) as unknown as { results: { channels: { alternatives: { transcript: string }[] }[]; utterances: unknown[] } };
    expect(answer.results.channels.map((one) => one.alternatives[0]!.transcript)).toEqual([kHeard, "tell me a long story"]);
    expect(answer.results.utterances.length).toBe(2);
  });

  test("bytes that are no sound are refused in Deepgram's form", async () => {
    const error = await failure(client("file").listen.v1.media.transcribeFile(Buffer.from("nothing"), { model: "nova-3" }));
    expect(error["statusCode"]).toBe(400);
    expect(error["body"]).toMatchObject({ err_code: "Bad Request" });
  });
});

describe("voices", () => {
  test("WAV, mu-law and raw sound at several rates", async () => {
    const raw = await spoken("Hello there.", 24_000);
    const low = await spoken("Hello there.", 8000);
    expect(raw.length / low.length).toBeCloseTo(3, 0);
    const answer = await client("forms").speak.v1.audio.generate({ text: "Hello there.", model: "aura-2-thalia-en", encoding: "linear16", sample_rate: 8000 });
    expect(Buffer.from(await answer.arrayBuffer()).toString("latin1", 0, 4)).toBe("RIFF");
    const law = { text: "Hello there.", model: "aura-2-thalia-en" as const, encoding: "mulaw" as const, sample_rate: 8000, container: "none" as const };
    const narrow = Buffer.from(await (await client("forms").speak.v1.audio.generate(law)).arrayBuffer());
    expect(narrow.length).toBe(low.length / 2);
  });

  test("a socket speaks, flushes, clears and closes", async () => {
    const socket = await client("aura").speak.v1.connect({ model: "aura-2-thalia-en", encoding: "linear16", sample_rate: 8000, reconnectAttempts: 0 } as never);
    const inbox = new Inbox<Record<string, unknown>>();
    const sound: Int16Array[] = [];
    const waiting: Promise<unknown>[] = [];
    socket.on("message", (message) => {
      const bytes = message as unknown;
      if (bytes instanceof Blob) waiting.push(bytes.arrayBuffer().then((all) => sound.push(pcmSamples(Buffer.from(all)))));
      else inbox.add(message as never);
    });
    const closed = new Promise<number>((resolve) => socket.on("close", (event) => resolve(event.code)));
    socket.connect();
    await socket.waitForOpen();
    socket.sendText({ type: "Speak", text: kPhrase });
    socket.sendFlush({ type: "Flush" });
    await inbox.until((one) => one["type"] === "Flushed");
    expect(inbox.all[0]!["type"]).toBe("Metadata");
    await Promise.all(waiting);
    const { socket: ears, inbox: heard } = await listen("aura");
    send(ears, onTheLine(Buffer.from(joinSamples(sound).buffer), 8000));
    await heard.until((one) => one.speech_final);
    expect(finals(heard)).toBe(kHeard);
    ears.close();

    socket.sendText({ type: "Speak", text: "Tell me a long story" });
    socket.sendClear({ type: "Clear" });
    await inbox.until((one) => one["type"] === "Cleared");
    socket.sendClose({ type: "Close" });
    expect(await closed).toBe(1000);
  });
});

describe("keys and refusals", () => {
  test("projects and models list what a key sees", async () => {
    expect((await client("lists").manage.v1.projects.list()).projects?.length).toBe(1);
    expect((await client("lists").manage.v1.models.list()).stt?.[0]?.architecture).toBe("nova-3");
  });

  test.each([
    ["bad_key", 401, "INVALID_AUTH"],
    ["no_credit", 402, "ASR_PAYMENT_REQUIRED"],
    ["region", 403, "INSUFFICIENT_PERMISSIONS"],
    ["rate_limit", 429, "TOO_MANY_REQUESTS"],
    ["unknown_model", 400, "Bad Request"],
    ["server_error", 500, "INTERNAL_SERVER_ERROR"],
    ["overload", 503, "SERVICE_UNAVAILABLE"],
  ] as const)("%s over REST and in a refused handshake", async (fault, status, code) => {
    const key = `refused-${fault}`;
    emulator.rule({ vendor: "deepgram", key, part: "*", fault });
    const error = await failure(client(key).speak.v1.audio.generate({ text: "Hello.", encoding: "linear16" }));
    expect(error["statusCode"]).toBe(status);
    expect(error["body"]).toMatchObject({ err_code: code });
    const refused = await new Promise<{ status: number | undefined; headers: Record<string, unknown> }>((resolve) => {
      const socket = new WebSocket(`${emulator.url("deepgram", "ws")}/v1/listen?model=nova-3&encoding=linear16&sample_rate=8000`, {
        headers: { authorization: `Token ${key}` },
      });
      socket.on("unexpected-response", (_request, response) => resolve({ status: response.statusCode, headers: response.headers }));
      socket.on("error", () => undefined);
    });
    expect(refused.status).toBe(status);
    expect(String(refused.headers["dg-error"])).not.toBe("undefined");
    expect(String(refused.headers["dg-request-id"])).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("the client shows a refused handshake as an error", async () => {
    const socket = await client("bad-key").listen.v1.connect({ model: "nova-3", reconnectAttempts: 0 } as ListenArguments);
    const error = await new Promise<Error>((resolve) => {
      socket.on("error", resolve);
      socket.connect();
    });
    expect(error.message).toContain("401");
    socket.close();
  });

  test("wrong options are refused before the upgrade", async () => {
    for (const query of ["model=nova-9", "model=nova-3&interim_results=true&utterance_end_ms=500", "model=nova-3&encoding=linear16"]) {
      const socket = new WebSocket(`${emulator.url("deepgram", "ws")}/v1/listen?${query}`, ["token", "options"]);
      expect((await failure(new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject)))).message).toContain("400");
    }
  });
});
