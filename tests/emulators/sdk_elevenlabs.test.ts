// ElevenLabs' own client against the emulator, and plain WebSockets for the two that the client does not have.
import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";
import WebSocket from "ws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decode, joinSamples, pcmSamples } from "./core/audio.js";
import { Emulator } from "./core/emulator.js";
import { bytesOf, failure, Inbox, kHeard, kPhrase, onTheLine } from "./sdk_support.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await Emulator.start({ tls: false });
});
afterAll(() => emulator?.stop());

const kVoice = "21m00Tcm4TlvDq8ikWAM";

function client(apiKey: string): ElevenLabsClient {
  return new ElevenLabsClient({ apiKey, baseUrl: emulator.url("elevenlabs", "http"), maxRetries: 0 });
}

async function whole(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream as unknown as AsyncIterable<Uint8Array>) pieces.push(piece);
  return Buffer.concat(pieces);
}

// What Deepgram's recogniser in the same emulator hears of it.
async function heard(samples: Int16Array, rate: number): Promise<string> {
  const url = `${emulator.url("deepgram", "http")}/v1/listen?model=nova-3&encoding=linear16&sample_rate=${rate}`;
  const body = onTheLine(bytesOf(samples), rate);
  const answer = await fetch(url, { method: "POST", headers: { authorization: "Token ears", "content-type": "audio/raw" }, body });
  const found = (await answer.json()) as { results: { channels: { alternatives: { transcript: string }[] }[] } };
  return found.results.channels[0]!.alternatives[0]!.transcript;
}

interface Piece {
  audio?: string | null;
  isFinal?: boolean | null;
  contextId?: string;
  alignment?: { chars: string[]; charStartTimesMs: number[]; charDurationsMs: number[] } | null;
  type?: string;
  error?: string;
  code?: number;
  message?: string;
}

class Socket {
  readonly inbox = new Inbox<Piece>();
  readonly closed: Promise<{ code: number; reason: string }>;
  private constructor(private readonly socket: WebSocket) {
    socket.on("message", (data) => this.inbox.add(JSON.parse(String(data)) as Piece));
    this.closed = new Promise((resolve) => socket.on("close", (code, reason) => resolve({ code, reason: String(reason) })));
  }

  static async open(path: string, key: string, query = "model_id=eleven_flash_v2_5&output_format=pcm_16000"): Promise<Socket> {
    const url = `${emulator.url("elevenlabs", "ws")}/v1/text-to-speech/${kVoice}/${path}?${query}`;
    const socket = new WebSocket(url, { headers: { "xi-api-key": key } });
    const opened = new Socket(socket);
    await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return opened;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  sound(contextId?: string): Int16Array {
    const mine = this.inbox.all.filter((one) => one.audio && one.contextId === contextId);
    return joinSamples(mine.map((one) => pcmSamples(Buffer.from(one.audio!, "base64"))));
  }

  close(): void {
    this.socket.close();
  }
}

describe("over HTTP", () => {
  test("a streamed sentence is real speech at the rate asked for", async () => {
    for (const rate of [8000, 16_000, 24_000]) {
      const { data, rawResponse } = await client("stream")
        .textToSpeech.stream(kVoice, { text: kPhrase, modelId: "eleven_flash_v2_5", outputFormat: `pcm_${rate}` as "pcm_8000" })
        .withRawResponse();
      expect(await heard(pcmSamples(await whole(data)), rate)).toBe(kHeard);
      expect(rawResponse.headers.get("character-cost")).toBe(String(kPhrase.length / 2));
      expect(rawResponse.headers.get("request-id")).not.toBeNull();
    }
  });

  test("the whole form and mu-law", async () => {
    const law = await whole(await client("whole").textToSpeech.convert(kVoice, { text: kPhrase, outputFormat: "ulaw_8000" }));
    expect(await heard(decode(law, "mulaw"), 8000)).toBe(kHeard);
  });

  test("times of characters, whole and streamed", async () => {
    const options = { text: kPhrase, modelId: "eleven_flash_v2_5", outputFormat: "pcm_8000" as const };
    const one = await client("times").textToSpeech.convertWithTimestamps(kVoice, options);
    expect(one.alignment?.characters.join("")).toBe(kPhrase);
    const sound: Buffer[] = [];
    for await (const piece of await client("times").textToSpeech.streamWithTimestamps(kVoice, options)) {
      sound.push(Buffer.from(piece.audioBase64, "base64"));
    }
    expect(Buffer.concat(sound).toString("base64")).toBe(one.audioBase64);
  });

  test("models and the user show that a key is good", async () => {
    const models = await client("lists").models.list();
    expect(models.map((one) => one.modelId)).toContain("eleven_flash_v2_5");
    expect((await client("lists").user.get()).subscription.tier).toBe("creator");
  });

  test.each([
    ["bad_key", 401, "invalid_api_key", "invalid_api_key"],
    ["no_credit", 401, "quota_exceeded", "quota_exceeded"],
    ["rate_limit", 429, "concurrent_limit_exceeded", "too_many_concurrent_requests"],
    ["overload", 429, "rate_limit_exceeded", "system_busy"],
    ["region", 403, "only_for_creator+", "only_for_creator+"],
    ["unknown_model", 400, "model_not_found", "model_not_found"],
    ["server_error", 500, "internal_server_error", "internal_server_error"],
  ] as const)("%s in the new and in the old form", async (fault, status, code, oldCode) => {
    for (const flavour of ["", "old"]) {
      const key = `refused-${fault}-${flavour}`;
      emulator.rule({ vendor: "elevenlabs", key, part: "*", fault, flavour });
      const error = await failure(client(key).textToSpeech.stream(kVoice, { text: "Hello." }));
      expect(error["statusCode"]).toBe(status);
      const { detail } = error["body"] as { detail: { code?: string; status: string; message: string } };
      expect(detail.status).toBe(oldCode);
      expect(detail.code).toBe(flavour === "old" ? undefined : code);
    }
  });

  test("wrong requests are told apart", async () => {
    const refused = async (voice: string, more: object) =>
      failure(client("wrong").textToSpeech.convert(voice, { text: "Hello.", outputFormat: "pcm_8000", ...more }));
    expect((await refused("missingvoice", {}))["statusCode"]).toBe(404);
    expect(JSON.stringify((await refused(kVoice, { modelId: "eleven_flash_v2", text: "a".repeat(30_001) }))["body"])).toContain("max_character_limit_exceeded");
    const answer = await fetch(`${emulator.url("elevenlabs", "http")}/v1/text-to-speech/${kVoice}`, { method: "POST", headers: { "xi-api-key": "wrong" }, body: "{}" });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ detail: [{ loc: ["body", "text"], msg: "Field required" }] });
  });

  test("a stream that breaks is an error of the client", async () => {
    emulator.rule({ vendor: "elevenlabs", key: "breaks", part: "tts", fault: "break" });
    const stream = await client("breaks").textToSpeech.stream(kVoice, { text: kPhrase, outputFormat: "pcm_16000" });
    await failure(whole(stream));
  });
});

describe("stream-input", () => {
  test("typed pieces become one sentence, and the end is told", async () => {
    const socket = await Socket.open("stream-input", "typed");
    socket.send({ text: " ", voice_settings: { stability: 0.5, similarity_boost: 0.8 }, generation_config: { chunk_length_schedule: [120, 160] } });
    for (const word of ["What ", "are ", "your ", "opening ", "hours? "]) socket.send({ text: word });
    socket.send({ text: "" });
    await socket.inbox.until((one) => one.isFinal === true);
    expect((await socket.closed).code).toBe(1000);
    expect(await heard(socket.sound(), 16_000)).toBe(kHeard);
    const alignment = socket.inbox.all[0]!.alignment!;
    expect(alignment.chars.join("").trim()).toBe(kPhrase);
    expect(alignment.charStartTimesMs.length).toBe(alignment.charDurationsMs.length);
  });

  test("a flush speaks what is there and tells no end", async () => {
    const socket = await Socket.open("stream-input", "flush");
    socket.send({ text: " " });
    socket.send({ text: "Hello there. " });
    socket.send({ text: " ", flush: true });
    await socket.inbox.until((one) => typeof one.audio === "string");
    expect(socket.inbox.all.every((one) => one.isFinal !== true)).toBe(true);
    socket.close();
  });

  test("the schedule starts the voice before the end of the text", async () => {
    const socket = await Socket.open("stream-input", "schedule");
    socket.send({ text: " ", generation_config: { chunk_length_schedule: [50] } });
    socket.send({ text: "Tell me a long story, and tell me about your services, please. " });
    await socket.inbox.until((one) => typeof one.audio === "string");
    socket.close();
  });

  test("without input it closes with 1008, wrong messages too", async () => {
    const idle = await Socket.open("stream-input", "idle", "inactivity_timeout=1&output_format=pcm_16000");
    expect((await idle.closed).code).toBe(1008);
    expect(idle.inbox.all[0]).toMatchObject({ error: "input_timeout_exceeded", code: 1008 });
    const wrong = await Socket.open("stream-input", "wrong");
    wrong.send("no json");
    expect((await wrong.closed).code).toBe(1008);
  });

  test("eleven_v3 has no socket, and a bad key is refused in the handshake", async () => {
    expect((await failure(Socket.open("stream-input", "v3", "model_id=eleven_v3&output_format=pcm_16000"))).message).toContain("403");
    expect((await failure(Socket.open("multi-stream-input", "v3", "model_id=eleven_v3&output_format=pcm_16000"))).message).toContain("403");
    expect((await failure(Socket.open("stream-input", "bad-key"))).message).toContain("401");
  });

  test("an error in the middle is a message and a close", async () => {
    emulator.rule({ vendor: "elevenlabs", key: "quota", part: "tts", fault: "no_credit", phase: "middle" });
    const socket = await Socket.open("stream-input", "quota");
    socket.send({ text: " " });
    socket.send({ text: `${kPhrase} `, flush: true });
    expect(await socket.closed).toMatchObject({ code: 1008 });
    expect(socket.inbox.all.at(-1)).toMatchObject({ error: "quota_exceeded", code: 1008 });
  });
});

describe("multi-stream-input", () => {
  test("contexts speak side by side and end one by one", async () => {
    const socket = await Socket.open("multi-stream-input", "multi");
    for (const [id, text] of [["a", kPhrase], ["b", "Tell me a long story."]] as const) {
      socket.send({ text: " ", context_id: id, voice_settings: { speed: 1 } });
      socket.send({ text: `${text} `, context_id: id });
      socket.send({ text: "", context_id: id, flush: true });
      socket.send({ context_id: id, close_context: true });
    }
    await socket.inbox.until((one) => one.contextId === "a" && one.isFinal === true);
    await socket.inbox.until((one) => one.contextId === "b" && one.isFinal === true);
    expect(await heard(socket.sound("a"), 16_000)).toBe(kHeard);
    expect(await heard(socket.sound("b"), 16_000)).toBe("tell me a long story");
    socket.send({ close_socket: true });
    expect((await socket.closed).code).toBe(1000);
  });

  test("a context closed without a flush forgets its text", async () => {
    const socket = await Socket.open("multi-stream-input", "forget");
    socket.send({ text: "Hello there. ", context_id: "a" });
    socket.send({ context_id: "a", close_context: true });
    await socket.inbox.until((one) => one.isFinal === true && one.contextId === "a");
    expect(socket.sound("a").length).toBe(0);
    // The name may be used again.
    socket.send({ text: "Hello there. ", context_id: "a", flush: true });
    await socket.inbox.until((one) => typeof one.audio === "string");
    socket.close();
  });

  test("the sixth context and late settings are refused with 1008", async () => {
    const six = await Socket.open("multi-stream-input", "six");
    for (let i = 0; i < 6; i++) six.send({ text: " ", context_id: `c${i}` });
    expect((await six.closed).code).toBe(1008);
    expect(six.inbox.all.at(-1)).toMatchObject({ error: "max_active_conversations", contextId: "c5" });
    const late = await Socket.open("multi-stream-input", "late");
    late.send({ text: " ", context_id: "a" });
    late.send({ text: "Hello. ", context_id: "a", voice_settings: { speed: 1.1 } });
    expect((await late.closed).code).toBe(1008);
  });

  test("an empty text keeps a context, and a socket without messages is closed", async () => {
    const socket = await Socket.open("multi-stream-input", "keep", "inactivity_timeout=1&model_id=eleven_flash_v2_5&output_format=pcm_16000");
    socket.send({ text: " ", context_id: "a" });
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      socket.send({ text: "", context_id: "a" });
    }
    expect(socket.inbox.all).toEqual([]);
    expect((await socket.closed).code).toBe(1008);
    expect(socket.inbox.all.at(-1)).toMatchObject({ error: "input_timeout_exceeded" });
  });
});
