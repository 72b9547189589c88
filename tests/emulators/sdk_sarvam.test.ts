// Sarvam's own client against the emulator.
import { SarvamAIClient } from "sarvamai";
import WebSocket from "ws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chunks, joinSamples, pcmSamples, readWav, wav } from "./core/audio.js";
import { Emulator } from "./core/emulator.js";
import { failure, Inbox, kHeard, kPhrase, onTheLine } from "./sdk_support.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await Emulator.start({ tls: false });
});
afterAll(() => emulator?.stop());

function client(apiSubscriptionKey: string): SarvamAIClient {
  const base = emulator.url("sarvam", "http");
  return new SarvamAIClient({
    apiSubscriptionKey,
    environment: { base, production: emulator.url("sarvam", "ws"), creative: base },
    maxRetries: 0,
  });
}

const kEnglish = { language_code: "en-IN", model: "bulbul:v2", speaker: "anushka" } as const;

async function spoken(text: string, rate = 8000): Promise<Buffer> {
  const answer = await client("speaker").textToSpeech.convert({ text, ...kEnglish, speech_sample_rate: rate, output_audio_codec: "linear16" });
  return Buffer.from(answer.audios[0]!, "base64");
}

type Message = Record<string, unknown> & { type: string; data: Record<string, unknown> };

interface SdkSocket {
  on(event: "message", callback: (message: never) => void): void;
  on(event: "close", callback: (event: { code: number }) => void): void;
  waitForOpen(): Promise<unknown>;
}

async function opened<Socket extends SdkSocket>(socket: Socket) {
  const inbox = new Inbox<Message>();
  socket.on("message", (message) => inbox.add(message));
  const closed = new Promise<number>((resolve) => socket.on("close", (event) => resolve(event.code)));
  await socket.waitForOpen();
  return { socket, inbox, closed };
}

describe("recognisers", () => {
  test("a recording is transcribed", async () => {
    const file = wav(pcmSamples(onTheLine(await spoken(kPhrase), 8000)), 8000);
    const named = await client("file").speechToText.transcribe({ file, model: "saaras:v3", language_code: "en-IN" });
    expect(named.transcript).toBe(kHeard);
    expect(named.request_id).toMatch(/^\d{8}_[0-9a-f-]{36}$/);
    const found = await client("file").speechToText.transcribe({ file, language_code: "unknown", with_timestamps: true });
    expect(found.language_code).toBe("en-IN");
    expect(found.language_probability).toBeGreaterThan(0.9);
    expect((await client("file").speechToText.translate({ file })).transcript).toBe(kHeard);
  });

  test("more than thirty seconds, and an unknown model, are refused", async () => {
    const long = await failure(client("file").speechToText.transcribe({ file: wav(new Int16Array(31 * 8000), 8000) }));
    expect(long["statusCode"]).toBe(413);
    const old = await failure(client("file").speechToText.transcribe({ file: wav(new Int16Array(8000), 8000), model: "saarika:v1" as "saaras:v3" }));
    expect(old["body"]).toMatchObject({ error: { code: "invalid_request_error" } });
  });

  async function stream(key: string, more: object = {}) {
    return opened(
      await client(key).speechToTextStreaming.connect({
        "language-code": "en-IN",
        model: "saaras:v3",
        sample_rate: "8000",
        input_audio_codec: "pcm_s16le",
        reconnectAttempts: 0,
        ...more,
      } as never),
    );
  }

  test("the socket signals speech and gives one result for each utterance", async () => {
    const { socket, inbox } = await stream("socket", { vad_signals: "true", high_vad_sensitivity: "true" });
    for (const piece of chunks(onTheLine(await spoken(kPhrase), 8000), 1600)) {
      socket.transcribe({ audio: piece.toString("base64"), sample_rate: 8000, encoding: "audio/wav" });
    }
    const result = await inbox.until((one) => one.type === "data");
    expect(result.data["transcript"]).toBe(kHeard);
    expect(inbox.all.map((one) => one.data["signal_type"] ?? one.type)).toEqual(["START_SPEECH", "END_SPEECH", "data"]);
    expect(inbox.all[0]!.data["occured_at"]).toBeGreaterThan(1e9);
    socket.close();
  });

  test("a flush forces the result when it was asked for", async () => {
    const { socket, inbox } = await stream("flush", { flush_signal: "true" });
    const sound = Buffer.concat([Buffer.alloc(4800), await spoken("Tell me a long story.")]);
    // Each message may be a whole WAV file.
    for (const piece of chunks(sound, 8000)) socket.transcribe({ audio: wav(pcmSamples(piece), 8000).toString("base64"), sample_rate: 8000 });
    socket.flush();
    const result = await inbox.until((one) => one.type === "data");
    expect(result.data["transcript"]).toBe("tell me a long story");
    socket.close();
  });

  test("the realtime socket has partials, pings and an end", async () => {
    const { socket, inbox, closed } = await opened(
      await client("realtime").speechToTextRealtimeStreaming.connect({
        "Api-Subscription-Key": "realtime",
        language_code: "auto",
        model: "saaras:v3-realtime",
        stream_type: "fast",
        encoding: "linear16",
        sample_rate: 8000,
        reconnectAttempts: 0,
      } as never),
    );
    const sound = onTheLine(await spoken("I would like to book an appointment for me."), 8000);
    for (const piece of chunks(sound, 1600)) socket.sendRealtimeAudioInput({ event: "audio_input", audio: piece.toString("base64") });
    const final = await inbox.until((one) => one["event"] === "transcript.final");
    expect(final["text"]).toMatch(/^i would like to book/);
    expect(final["language"]).toBe("en-IN");
    socket.sendRealtimePing({ event: "ping" });
    await inbox.until((one) => one["event"] === "pong");
    socket.sendRealtimeEnd({ event: "end" });
    const end = await inbox.until((one) => one["event"] === "session.end");
    expect(end["total_utterances"]).toBe(1);
    expect(await closed).toBe(1000);
    const order = inbox.all.map((one) => one["event"]).filter((one, i, all) => one !== all[i - 1]);
    expect(order.slice(0, 2)).toEqual(["session.begin", "vad.speech_start"]);
    expect(order).toContain("vad.speech_end");
  });

  test("the realtime socket lets the client say when speech begins and ends", async () => {
    const url = `${emulator.url("sarvam", "ws")}/speech-to-text-realtime/ws?endpointing=manual&sample_rate=8000&language_code=en-IN`;
    const socket = new WebSocket(url, { headers: { "api-subscription-key": "manual" } });
    const inbox = new Inbox<Message>();
    socket.on("message", (data) => inbox.add(JSON.parse(String(data)) as Message));
    await new Promise((resolve) => socket.once("open", resolve));
    const send = (message: unknown) => socket.send(JSON.stringify(message));
    send({ event: "speech_start" });
    send({ event: "audio_input", audio: (await spoken(kPhrase)).toString("base64") });
    send({ event: "speech_end" });
    expect((await inbox.until((one) => one["event"] === "transcript.final"))["text"]).toBe(kHeard);
    send({ event: "nothing" });
    expect(await inbox.until((one) => one["event"] === "error")).toMatchObject({ is_fatal: false });
    socket.close();
  });

  test("an error in the middle of an utterance is said on the socket", async () => {
    emulator.rule({ vendor: "sarvam", key: "middle", part: "stt", fault: "rate_limit", phase: "middle" });
    const { socket, inbox, closed } = await stream("middle");
    for (const piece of chunks(onTheLine(await spoken(kPhrase), 8000), 1600)) socket.transcribe({ audio: piece.toString("base64"), sample_rate: 8000 });
    const error = await inbox.until((one) => one.type === "error");
    expect(error.data["code"]).toBe("rate_limit_exceeded_error");
    expect(await closed).toBe(1003);
  });
});

describe("voices", () => {
  test("a WAV file in the answer, and a stream of bytes, at the rate asked for", async () => {
    const answer = await client("wav").textToSpeech.convert({ text: kPhrase, ...kEnglish, speech_sample_rate: 16_000 });
    const file = readWav(Buffer.from(answer.audios[0]!, "base64"))!;
    expect(file.rate).toBe(16_000);
    const heard = await client("wav").speechToText.transcribe({ file: wav(file.samples, 16_000), language_code: "en-IN" });
    expect(heard.transcript).toBe(kHeard);
    const stream = await client("wav").textToSpeech.convertStream({ text: kPhrase, ...kEnglish, speech_sample_rate: 16_000, output_audio_codec: "linear16" } as never);
    expect(Buffer.from(await stream.arrayBuffer()).length).toBe(file.samples.byteLength);
  });

  test("Hindi is spoken, and the old names of fields are taken", async () => {
    const answer = await fetch(`${emulator.url("sarvam", "http")}/text-to-speech`, {
      method: "POST",
      headers: { "api-subscription-key": "old", "content-type": "application/json" },
      body: JSON.stringify({ inputs: ["नमस्ते", "धन्यवाद"], target_language_code: "hi-IN", model: "bulbul:v2" }),
    });
    const { audios } = (await answer.json()) as { audios: string[] };
    expect(audios.length).toBe(2);
    expect(readWav(Buffer.from(audios[0]!, "base64"))!.samples.length).toBeGreaterThan(4000);
  });

  async function voice(key: string, completion = "true") {
    return opened(
      await client(key).textToSpeechStreaming.connect({ model: "bulbul:v2", send_completion_event: completion as "true", reconnectAttempts: 0 }),
    );
  }

  function soundOf(inbox: Inbox<Message>): { samples: Int16Array; headers: number } {
    const pieces = inbox.all.filter((one) => one.type === "audio").map((one) => Buffer.from(one.data["audio"] as string, "base64"));
    const files = pieces.map((piece) => readWav(piece)?.samples);
    return { samples: joinSamples(pieces.map((piece, i) => files[i] ?? pcmSamples(piece))), headers: files.filter(Boolean).length };
  }

  test.each([["", false], ["wav", true]] as const)("the socket speaks and tells the end; flavour %j", async (flavour, headed) => {
    const key = `voice-${flavour}`;
    if (flavour) emulator.rule({ vendor: "sarvam", key, part: "*", flavour });
    const { socket, inbox } = await voice(key);
    socket.configureConnection({ type: "config", data: { ...kEnglish, speech_sample_rate: 8000, output_audio_codec: "linear16" } } as never);
    for (const part of ["What are your ", "opening hours?"]) socket.convert(part);
    socket.flush();
    socket.ping();
    const end = await inbox.until((one) => one.type === "event");
    expect(end.data["event_type"]).toBe("final");
    const { samples, headers } = soundOf(inbox);
    expect(headers > 0).toBe(headed);
    const file = wav(pcmSamples(onTheLine(Buffer.from(samples.buffer), 8000)), 8000);
    expect((await client(key).speechToText.transcribe({ file, language_code: "en-IN" })).transcript).toBe(kHeard);
    socket.close();
  });

  test("long text is spoken before its flush", async () => {
    const { socket, inbox } = await voice("long");
    socket.configureConnection({ type: "config", data: { ...kEnglish, speech_sample_rate: 8000, output_audio_codec: "linear16" } } as never);
    socket.convert("We clean your house from the roof to the cellar, every week or every month. We water your garden, and ");
    await inbox.until((one) => one.type === "audio");
    socket.close();
  });

  test("text before the config is an error, so is a speaker of the other model", async () => {
    const first = await voice("first");
    first.socket.convert("Hello.");
    expect((await first.inbox.until((one) => one.type === "error")).data["code"]).toBe(422);
    const other = await voice("other");
    other.socket.configureConnection({ type: "config", data: { ...kEnglish, speaker: "shubh", output_audio_codec: "linear16" } } as never);
    expect(String((await other.inbox.until((one) => one.type === "error")).data["message"])).toContain("anushka");
  });

  test("limits of length are those of the model", async () => {
    const refused = await failure(client("length").textToSpeech.convert({ text: "a".repeat(1501), ...kEnglish }));
    expect(refused["statusCode"]).toBe(400);
    const pitch = await failure(client("length").textToSpeech.convert({ text: "Hello.", language_code: "en-IN", model: "bulbul:v3", pitch: 0.5 }));
    expect(JSON.stringify(pitch["body"])).toContain("pitch");
    const mute = await failure(client("length").textToSpeech.convert({ text: "Hello.", model: "bulbul:v2" } as never));
    expect(mute["statusCode"]).toBe(422);
  });
});

describe("chat and keys", () => {
  test("chat answers in OpenAI's form", async () => {
    const answer = await client("chat").chat.completions({ model: "sarvam-30b", messages: [{ role: "user", content: "hello there" }] } as never);
    const { choices, usage } = answer as unknown as { choices: { message: { content: string } }[]; usage: { total_tokens: number } };
    expect(choices[0]!.message.content).not.toBe("");
    expect(usage.total_tokens).toBeGreaterThan(0);
  });

  test.each([
    ["bad_key", 403, "invalid_api_key_error"],
    ["no_credit", 429, "insufficient_quota_error"],
    ["rate_limit", 429, "rate_limit_exceeded_error"],
    ["unknown_model", 400, "invalid_request_error"],
    ["overload", 503, "rate_limit_exceeded_error"],
    ["server_error", 500, "internal_server_error"],
  ] as const)("%s over HTTP and in a refused handshake", async (fault, status, code) => {
    const key = `refused-${fault}`;
    emulator.rule({ vendor: "sarvam", key, part: "*", fault });
    const error = await failure(client(key).textToSpeech.convert({ text: "Hello.", ...kEnglish }));
    expect(error["statusCode"]).toBe(status);
    expect(error["body"]).toMatchObject({ error: { code } });
    const socket = await client(key).textToSpeechStreaming.connect({ model: "bulbul:v2", reconnectAttempts: 0 });
    const shown = await new Promise<Error>((resolve) => socket.on("error", resolve));
    expect(shown.message).toContain(String(status));
    socket.close();
  });

  test("the sub-protocol with the key is confirmed, and is a key by itself", async () => {
    const socket = new WebSocket(`${emulator.url("sarvam", "ws")}/text-to-speech/ws`, ["api-subscription-key.alone"]);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    expect(socket.protocol).toBe("api-subscription-key.alone");
    socket.close();
  });
});
