// OpenAI's own client against the emulator: what it takes for OpenAI, ours may take for OpenAI.
import { readFileSync } from "node:fs";
import OpenAI, { toFile } from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chunks, encode, pcmSamples, readWav, wav } from "./core/audio.js";
import { Emulator } from "./core/emulator.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await Emulator.start();
});
afterAll(() => emulator?.stop());

function client(apiKey: string, options: { maxRetries?: number; timeout?: number } = {}): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${emulator.url("openai", "http")}/v1`, maxRetries: 0, ...options });
}

const user = (content: string) => [{ role: "user" as const, content }];
const kBook = {
  type: "function" as const,
  function: { name: "book_table", parameters: { type: "object", properties: { day: { type: "string" }, guests: { type: "integer" } } } },
};

async function spoken(text: string, key = "sk-speaker"): Promise<Int16Array> {
  const answer = await client(key).audio.speech.create({ model: "gpt-4o-mini-tts", voice: "marin", input: text, response_format: "pcm" });
  return pcmSamples(Buffer.from(await answer.arrayBuffer()));
}

async function failure(promise: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  return promise.then(
    () => expect.fail("this should have failed"),
    (error: unknown) => error as InstanceType<typeof OpenAI.APIError>,
  );
}

describe("chat", () => {
  test("answers in one piece with what it counted", async () => {
    const answer = await client("sk-chat").chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "system", content: "x".repeat(2000) }, ...user("hello")] });
    expect(answer.choices[0]!.message.content).toBe("Hello there. How can I help you today?");
    expect(answer.choices[0]!.finish_reason).toBe("stop");
    expect(answer.usage!.prompt_tokens_details!.cached_tokens).toBeGreaterThan(0);
    expect(answer.usage!.total_tokens).toBe(answer.usage!.prompt_tokens + answer.usage!.completion_tokens);
    expect(answer._request_id).toMatch(/^req_/);
  });

  test("streams deltas, a reason, and usage only when asked", async () => {
    for (const include_usage of [false, true]) {
      const stream = await client("sk-stream").chat.completions.create({ model: "gpt-4o-mini", messages: user("hello"), stream: true, stream_options: { include_usage } });
      let text = "";
      let reason: string | null = null;
      let usages = 0;
      let pieces = 0;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? "";
        if (chunk.choices[0]?.delta.content) pieces++;
        reason = chunk.choices[0]?.finish_reason ?? reason;
        if (chunk.usage) usages++;
      }
      expect(text).toBe("Hello there. How can I help you today?");
      expect(pieces).toBeGreaterThan(5);
      expect(reason).toBe("stop");
      expect(usages).toBe(include_usage ? 1 : 0);
    }
  });

  test("calls a tool in fragments, and speaks of its result afterwards", async () => {
    const ai = client("sk-tool");
    const ask = user("i would like to book a table");
    const message = await ai.chat.completions.stream({ model: "gpt-4o-mini", messages: ask, tools: [kBook] }).finalMessage();
    const call = message.tool_calls![0]!;
    expect(call).toMatchObject({ type: "function", function: { name: "book_table" } });
    expect(JSON.parse((call as { function: { arguments: string } }).function.arguments)).toEqual({ day: "2030-01-15", guests: 1 });
    const after = await ai.chat.completions.create({
      model: "gpt-4o-mini",
      tools: [kBook],
      messages: [...ask, message, { role: "tool", tool_call_id: call.id, content: '{"table":"seven"}' }],
    });
    expect(after.choices[0]!.message.content).toContain("table seven");
  });

  test("wants every tool call answered", async () => {
    const unanswered = { role: "assistant" as const, content: null, tool_calls: [{ id: "c1", type: "function" as const, function: { name: "x", arguments: "{}" } }] };
    const error = await failure(client("sk-owed").chat.completions.create({ model: "gpt-4o-mini", messages: [...user("hi"), unanswered, ...user("so?")] }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
  });

  test("ends the call by the tool for it, and knows Hindi", async () => {
    const tools = [{ type: "function" as const, function: { name: "end_call", parameters: { type: "object", properties: {} } } }];
    const bye = await client("sk-bye").chat.completions.create({ model: "gpt-4o-mini", messages: user("Goodbye."), tools });
    expect(bye.choices[0]!.message).toMatchObject({ content: expect.stringContaining("Goodbye"), tool_calls: [{ function: { name: "end_call" } }] });
    const hindi = await client("sk-bye").chat.completions.create({ model: "gpt-4o-mini", messages: user("Please speak Hindi") });
    expect(hindi.choices[0]!.message.content).toMatch(/[ऀ-ॿ]/);
  });

  test("stops at the cap, which newer models want by its newer name", async () => {
    const capped = await client("sk-cap").chat.completions.create({ model: "gpt-6-luna", messages: user("tell me a long story"), max_completion_tokens: 5 });
    expect(capped.choices[0]!.finish_reason).toBe("length");
    const error = await failure(client("sk-cap").chat.completions.create({ model: "gpt-6-luna", messages: user("hello"), max_tokens: 5 }));
    expect(error).toMatchObject({ status: 400, code: "unsupported_parameter", param: "max_tokens" });
    const strict = await failure(client("sk-cap-strict").chat.completions.create({ model: "any", messages: user("hello"), max_completion_tokens: 5 }));
    expect(strict).toMatchObject({ status: 400, param: "max_completion_tokens" });
  });

  test("lists its models with the day on which each ends", async () => {
    const { data } = await client("sk-models").models.list();
    const old = data.find((model) => model.id === "gpt-4o") as unknown as { shutdown_date: number };
    expect(new Date(old.shutdown_date * 1000).toISOString()).toContain("2027-01-14");
  });
});

describe("compatible servers", () => {
  const flavours = ["ollama", "vllm", "vllm-old", "llamacpp", "lmstudio", "groq", "azure", "gemini", "openrouter"];
  test.each(flavours)("%s streams text that the SDK reads", async (flavour) => {
    const stream = await client(`sk-text-${flavour}`).chat.completions.create({ model: "qwen3", messages: user("hello"), stream: true, stream_options: { include_usage: true } });
    let text = "";
    let usage = false;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage ||= Boolean(chunk.usage);
    }
    expect(text).toBe("Hello there. How can I help you today?");
    expect(usage).toBe(true);
  });

  test("a tool call comes whole and without an index from Ollama", async () => {
    const stream = await client("sk-tool-ollama").chat.completions.create({ model: "qwen3", messages: user("book a table"), tools: [kBook], stream: true });
    const calls = [];
    let reason: string | null = null;
    for await (const chunk of stream) {
      calls.push(...(chunk.choices[0]?.delta.tool_calls ?? []));
      reason = chunk.choices[0]?.finish_reason ?? reason;
    }
    expect(calls).toHaveLength(1);
    expect(calls[0]!.index).toBeUndefined();
    expect(JSON.parse(calls[0]!.function!.arguments!)).toHaveProperty("day");
    expect(reason).toBe("stop");
  });

  test.each([
    ["vllm", { error: { code: 404 } }],
    ["vllm-old", { object: "error", code: 404 }],
    ["lmstudio", { error: expect.any(String) }],
    ["ollama", { error: { type: "not_found_error", code: null } }],
    ["azure", { error: { code: "DeploymentNotFound" } }],
  ])("%s says in its own shape that a model is unknown", async (flavour, body) => {
    const response = await fetch(`${emulator.url("openai", "http")}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer sk-error-${flavour}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "unknown", messages: user("hello") }),
    });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject(body);
  });
});

describe("errors", () => {
  const ask = (key: string, maxRetries = 0) => client(key, { maxRetries }).chat.completions.create({ model: "gpt-4o-mini", messages: user("hello") });

  test("a bad key, an unknown model and a retired one", async () => {
    expect(await failure(ask("bad-key"))).toBeInstanceOf(OpenAI.AuthenticationError);
    for (const model of ["unknown-1", "gpt-3.5-turbo"]) {
      const error = await failure(client("sk-gone").chat.completions.create({ model, messages: user("hello") }));
      expect(error).toBeInstanceOf(OpenAI.NotFoundError);
      expect(error.code).toBe("model_not_found");
    }
  });

  test.each([
    ["no_credit", OpenAI.RateLimitError, "insufficient_quota"],
    ["region", OpenAI.PermissionDeniedError, "unsupported_country_region_territory"],
    ["bad_request", OpenAI.BadRequestError, null],
    ["server_error", OpenAI.InternalServerError, null],
    ["overload", OpenAI.InternalServerError, null],
  ] as const)("%s", async (fault, kind, code) => {
    const key = `sk-${fault}`;
    emulator.rule({ vendor: "openai", key, part: "llm", fault });
    const error = await failure(ask(key));
    expect(error).toBeInstanceOf(kind);
    expect(error.code).toBe(code);
  });

  test("a rate limit passes after the time that is told, and no credit is not tried again", async () => {
    const key = "sk-limited";
    emulator.rule({ vendor: "openai", key, part: "llm", fault: "rate_limit", times: 2 });
    expect((await ask(key, 2)).choices).toHaveLength(1);
    expect(emulator.state(key).requests).toBe(3);
    const [first, second] = emulator.state(key).entries;
    expect(second!.at_ms - first!.at_ms).toBeGreaterThanOrEqual(290);

    emulator.rule({ vendor: "openai", key: "sk-poor", part: "*", fault: "no_credit" });
    await failure(ask("sk-poor", 2));
    expect(emulator.state("sk-poor").requests).toBe(1);
  });

  test("an error in the middle of a stream", async () => {
    const key = "sk-midway";
    emulator.rule({ vendor: "openai", key, part: "llm", fault: "server_error", phase: "middle" });
    const stream = await client(key).chat.completions.create({ model: "gpt-4o-mini", messages: user("hello"), stream: true });
    let pieces = 0;
    const error = await failure(
      (async () => {
        for await (const chunk of stream) if (chunk.choices[0]?.delta.content) pieces++;
      })(),
    );
    expect(pieces).toBe(1);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error.status).toBeUndefined();
  });

  test("silence", async () => {
    emulator.rule({ vendor: "openai", key: "sk-silent", part: "llm", fault: "timeout" });
    const error = await failure(client("sk-silent", { timeout: 300 }).chat.completions.create({ model: "gpt-4o-mini", messages: user("hello") }));
    expect(error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
  });
});

describe("sound", () => {
  test("what is spoken is understood: pcm, then a transcription of it", async () => {
    const samples = await spoken("what are your opening hours");
    const file = await toFile(wav(samples, 24_000), "question.wav");
    const ai = client("sk-ears");
    const whole = await ai.audio.transcriptions.create({ file, model: "gpt-transcribe" });
    expect(whole.text).toBe("What are your opening hours.");
    const stream = await ai.audio.transcriptions.create({ file: await toFile(wav(samples, 24_000), "question.wav"), model: "gpt-transcribe", stream: true });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types.slice(0, -1).every((type) => type === "transcript.text.delta")).toBe(true);
    expect(types.at(-1)).toBe("transcript.text.done");
  });

  test("wav and events have the same sound", async () => {
    const ai = client("sk-forms");
    const ask = { model: "gpt-4o-mini-tts", voice: "marin" as const, input: "hello there" };
    const file = readWav(Buffer.from(await (await ai.audio.speech.create({ ...ask, response_format: "wav" })).arrayBuffer()))!;
    const events = await (await ai.audio.speech.create({ ...ask, response_format: "pcm", stream_format: "sse" })).text();
    const pieces = events.split("\n\n").filter(Boolean).map((event) => JSON.parse(event.slice(6)) as { type: string; audio?: string });
    const joined = pcmSamples(Buffer.concat(pieces.map((piece) => Buffer.from(piece.audio ?? "", "base64"))));
    expect(file.rate).toBe(24_000);
    expect(joined).toEqual(file.samples);
    expect(pieces.at(-1)!.type).toBe("speech.audio.done");
  });

  test("an odd number of bytes when a rule wants it", async () => {
    emulator.rule({ vendor: "openai", key: "sk-odd", part: "tts", fault: "odd_byte" });
    const answer = await client("sk-odd").audio.speech.create({ model: "tts-1", voice: "nova", input: "hello there", response_format: "pcm" });
    expect((await answer.arrayBuffer()).byteLength % 2).toBe(1);
  });
});

type Event = { type: string } & Record<string, unknown>;

/** A realtime session over wss, with everything it has heard. */
async function realtime(key: string, session: Record<string, unknown>, query = {}) {
  const ai = new OpenAI({ apiKey: key, baseURL: `${emulator.url("openai", "https")}/v1` });
  const ca = readFileSync(emulator.addresses.ca);
  const socket = await OpenAIRealtimeWS.create(ai, { model: "gpt-realtime-2", options: { ca }, ...query });
  const events: Event[] = [];
  const waiting: { type: string; from: number; give: (event: Event) => void }[] = [];
  let seen = 0; // next() looks only at what came after what it returned last
  const look = () => {
    const wanted = waiting[0];
    if (!wanted) return;
    const at = events.findIndex((event, i) => i >= seen && event.type === wanted.type);
    if (at < 0) return;
    seen = at + 1;
    waiting.shift();
    wanted.give(events[at]!);
  };
  socket.on("event", (event) => {
    events.push(event as unknown as Event);
    look();
  });
  socket.on("error", () => undefined);
  const next = (type: string) =>
    new Promise<Event>((give) => {
      waiting.push({ type, from: seen, give });
      look();
    });
  await next("session.created");
  const send = (event: Record<string, unknown>) => socket.send(event as never);
  send({ type: "session.update", session });
  await next("session.updated");
  const append = (samples: Int16Array, encoding: "linear16" | "mulaw") => {
    for (const piece of chunks(encode(samples, encoding), 4000)) send({ type: "input_audio_buffer.append", audio: piece.toString("base64") });
  };
  return { socket, events, next, send, append };
}

const kPhone = { input: { format: { type: "audio/pcmu" }, transcription: { model: "gpt-live-transcribe" } }, output: { format: { type: "audio/pcmu" }, voice: "marin" } };

function soundOf(events: Event[]): Buffer {
  return Buffer.concat(events.filter((event) => event.type === "response.output_audio.delta").map((event) => Buffer.from(String(event["delta"]), "base64")));
}

describe("realtime", () => {
  test("hears a turn by itself, answers aloud, and stops when the caller speaks again", async () => {
    const { socket, events, next, append } = await realtime("sk-talk", { type: "realtime", audio: kPhone });
    const line = async (text: string) => {
      const samples = await spoken(text);
      append(samples.filter((_, i) => i % 3 === 0), "mulaw");
      append(new Int16Array(8000), "mulaw");
    };
    await line("tell me a long story");
    expect(await next("input_audio_buffer.speech_stopped")).toHaveProperty("audio_end_ms");
    const heard = await next("conversation.item.input_audio_transcription.completed");
    expect(heard["transcript"]).toBe("Tell me a long story.");
    await next("response.output_audio.delta");
    await line("thank you");
    const cancelled = (await next("response.done"))["response"] as { status: string; status_details: { reason: string } };
    expect(cancelled).toMatchObject({ status: "cancelled", status_details: { reason: "turn_detected" } });
    expect(soundOf(events).length).toBeGreaterThan(0);
    const done = (await next("response.done"))["response"] as { status: string; usage: { output_token_details: { audio_tokens: number } } };
    expect(done.status).toBe("completed");
    expect(done.usage.output_token_details.audio_tokens).toBeGreaterThan(0);
    socket.close();
  });

  test("takes turns by hand, calls a tool, is cut off and told where", async () => {
    const tools = [{ type: "function", name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } }];
    const audio = { ...kPhone, input: { ...kPhone.input, turn_detection: null } };
    const { socket, events, next, send, append } = await realtime("sk-hand", { type: "realtime", audio, tools });
    append((await spoken("what is the weather in delhi")).filter((_, i) => i % 3 === 0), "mulaw");
    send({ type: "input_audio_buffer.commit" });
    await next("input_audio_buffer.committed");
    send({ type: "response.create" });
    const called = await next("response.function_call_arguments.done");
    expect(called).toMatchObject({ name: "get_weather", arguments: '{"city":"Delhi"}' });
    await next("response.done");
    send({ type: "conversation.item.create", item: { type: "function_call_output", call_id: called["call_id"], output: "sunny and warm" } });
    send({ type: "response.create" });
    const transcript = await next("response.output_audio_transcript.done");
    expect(transcript["transcript"]).toContain("sunny and warm");
    await next("response.done");

    send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text: "tell me a long story" }] } });
    send({ type: "response.create" });
    const piece = await next("response.output_audio.delta");
    send({ type: "response.cancel" });
    expect((await next("response.done"))["response"]).toMatchObject({ status: "cancelled", status_details: { reason: "client_cancelled" } });
    send({ type: "conversation.item.truncate", item_id: piece["item_id"], content_index: 0, audio_end_ms: 100 });
    expect(await next("conversation.item.truncated")).toMatchObject({ audio_end_ms: 100 });
    send({ type: "conversation.item.truncate", item_id: piece["item_id"], content_index: 0, audio_end_ms: 10_000_000 });
    expect((await next("error"))["error"]).toMatchObject({ type: "invalid_request_error" });
    send({ type: "response.cancel" });
    expect((await next("error"))["error"]).toMatchObject({ code: "response_cancel_not_active" });
    expect(events.filter((event) => event.type === "error")).toHaveLength(2);
    socket.close();
  });

  test("only writes down in a transcription session", async () => {
    const audio = { input: { format: { type: "audio/pcm", rate: 24_000 }, transcription: { model: "gpt-live-transcribe" }, turn_detection: { type: "server_vad", silence_duration_ms: 300 } } };
    const { socket, events, next, append } = await realtime("sk-scribe", { type: "transcription", audio });
    append(await spoken("good morning"), "linear16");
    append(new Int16Array(12_000), "linear16");
    expect(await next("conversation.item.input_audio_transcription.completed")).toMatchObject({ transcript: "Good morning." });
    expect(events.some((event) => event.type.startsWith("response."))).toBe(false);
    socket.close();
  });

  test("a response that fails says why and leaves the session open", async () => {
    emulator.rule({ vendor: "openai", key: "sk-broke", part: "sts", fault: "no_credit", phase: "first", times: 1 });
    const { socket, next, send } = await realtime("sk-broke", { type: "realtime", audio: kPhone });
    send({ type: "response.create", response: { instructions: 'Say exactly: "Good evening."' } });
    expect((await next("response.done"))["response"]).toMatchObject({ status: "failed", status_details: { error: { code: "insufficient_quota" } } });
    send({ type: "response.create", response: { instructions: 'Say exactly: "Good evening."' } });
    expect(await next("response.output_audio_transcript.done")).toMatchObject({ transcript: "Good evening." });
    socket.close();
  });

  test("a bad key is refused at the door", async () => {
    const ai = new OpenAI({ apiKey: "bad-key", baseURL: `${emulator.url("openai", "https")}/v1` });
    const socket = await OpenAIRealtimeWS.create(ai, { model: "gpt-realtime-2", options: { rejectUnauthorized: false } });
    const error = await new Promise<Error>((resolve) => socket.on("error", resolve));
    expect(error.message).toContain("401");
  });
});
