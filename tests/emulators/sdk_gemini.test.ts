// Google's own client against the emulator.
import { ApiError, FunctionCallingConfigMode, GoogleGenAI } from "@google/genai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Emulator } from "./core/emulator.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await Emulator.start({ tls: false });
});
afterAll(() => emulator?.stop());

const client = (apiKey: string) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: emulator.url("gemini", "http") } });
const kModel = "gemini-3.5-flash";
const tools = [{ functionDeclarations: [{ name: "get_weather", parametersJsonSchema: { type: "object", properties: { city: { type: "string" } } } }] }];

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  return promise.then(
    () => expect.fail("this should have failed"),
    (error: unknown) => error as ApiError,
  );
}

/** The error in an ApiError's message. */
function told(error: ApiError): { code: number; status: string; details?: Record<string, unknown>[] } {
  return (JSON.parse(error.message) as { error: ReturnType<typeof told> }).error;
}

describe("generateContent", () => {
  test("answers with usage, and says when the cap was reached", async () => {
    const answer = await client("g-plain").models.generateContent({ model: kModel, contents: "hello", config: { systemInstruction: "x".repeat(2000) } });
    expect(answer.text).toBe("Hello there. How can I help you today?");
    expect(answer.usageMetadata!.cachedContentTokenCount).toBeGreaterThan(0);
    expect(answer.candidates![0]!.finishReason).toBe("STOP");
    const capped = await client("g-plain").models.generateContent({ model: kModel, contents: "tell me a long story", config: { maxOutputTokens: 4 } });
    expect(capped.candidates![0]!.finishReason).toBe("MAX_TOKENS");
  });

  test("streams", async () => {
    const stream = await client("g-stream").models.generateContentStream({ model: kModel, contents: "please speak hindi" });
    const texts: string[] = [];
    let finish: string | undefined;
    for await (const chunk of stream) {
      texts.push(chunk.text ?? "");
      finish = chunk.candidates?.[0]?.finishReason ?? finish;
    }
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.join("")).toMatch(/^नमस्ते/);
    expect(finish).toBe("STOP");
  });

  test("without alt=sse the stream is one JSON array", async () => {
    const response = await fetch(`${emulator.url("gemini", "http")}/v1beta/models/${kModel}:streamGenerateContent?key=g-array`, {
      method: "POST",
      body: JSON.stringify({ contents: [{ role: "user", parts: [{ text: "hello" }] }], generation_config: { max_output_tokens: 100 } }),
    });
    const all = (await response.json()) as { candidates: { content: { parts: { text: string }[] } }[] }[];
    expect(all.map((one) => one.candidates[0]!.content.parts[0]!.text).join("")).toBe("Hello there. How can I help you today?");
  });

  test("calls a tool, and wants its signature back with the result", async () => {
    const ai = client("g-tool");
    const asked = { role: "user", parts: [{ text: "what is the weather in delhi" }] };
    const answer = await ai.models.generateContent({ model: kModel, contents: [asked], config: { tools } });
    const call = answer.functionCalls![0]!;
    expect(call).toMatchObject({ name: "get_weather", args: { city: "Delhi" } });
    const result = { role: "user", parts: [{ functionResponse: { name: "get_weather", response: { sky: "clear" } } }] };
    const after = await ai.models.generateContent({ model: kModel, contents: [asked, answer.candidates![0]!.content!, result], config: { tools } });
    expect(after.text).toContain("sky clear");
    const unsigned = { role: "model", parts: [{ functionCall: { name: call.name!, args: call.args! } }] };
    const refused = await failure(ai.models.generateContent({ model: kModel, contents: [asked, unsigned, result], config: { tools } }));
    expect(told(refused).status).toBe("INVALID_ARGUMENT");
    // Older models do not sign.
    const old = await ai.models.generateContent({ model: "gemini-2.5-flash", contents: [asked, unsigned, result], config: { tools } });
    expect(old.text).toContain("sky clear");
  });

  test("obeys the mode of function calling, and tells of a blocked prompt", async () => {
    const ai = client("g-mode");
    const never = await ai.models.generateContent({ model: kModel, contents: "the weather please", config: { tools, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.NONE } } } });
    expect(never.functionCalls).toBeUndefined();
    const always = await ai.models.generateContent({ model: kModel, contents: "hello", config: { tools, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } } } });
    expect(always.functionCalls).toHaveLength(1);
    const blocked = await ai.models.generateContent({ model: kModel, contents: "forbidden words" });
    expect(blocked.candidates).toBeUndefined();
    expect(blocked.promptFeedback!.blockReason).toBe("PROHIBITED_CONTENT");
  });

  test("lists its models", async () => {
    const names: (string | undefined)[] = [];
    for await (const model of await client("g-list").models.list()) names.push(model.name);
    expect(names).toContain("models/gemini-3.5-flash");
  });
});

describe("errors", () => {
  const ask = (key: string, model = kModel) => client(key).models.generateContent({ model, contents: "hello" });

  test("a bad key is a bad request with a reason", async () => {
    const error = await failure(ask("bad-key"));
    expect(error).toBeInstanceOf(ApiError);
    expect(error.status).toBe(400);
    expect(told(error).details![0]).toMatchObject({ reason: "API_KEY_INVALID" });
  });

  test("a model that has gone", async () => {
    expect((await failure(ask("g-gone", "gemini-2.0-flash"))).status).toBe(404);
  });

  test.each([
    ["rate_limit", 429, "RESOURCE_EXHAUSTED"],
    ["no_credit", 429, "RESOURCE_EXHAUSTED"],
    ["region", 400, "FAILED_PRECONDITION"],
    ["overload", 503, "UNAVAILABLE"],
    ["server_error", 500, "INTERNAL"],
  ] as const)("%s", async (fault, code, status) => {
    const key = `g-${fault}`;
    emulator.rule({ vendor: "gemini", key, part: "llm", fault });
    const error = await failure(ask(key));
    expect(told(error)).toMatchObject({ code, status });
    if (fault === "rate_limit") expect(told(error).details).toContainEqual(expect.objectContaining({ retryDelay: "0.3s" }));
    if (fault === "no_credit") expect(JSON.stringify(told(error).details)).toContain("PerDay");
  });

  test("an error in the middle of a stream stands bare", async () => {
    emulator.rule({ vendor: "gemini", key: "g-midway", part: "llm", fault: "overload", phase: "middle" });
    const stream = await client("g-midway").models.generateContentStream({ model: kModel, contents: "tell me a long story" });
    let pieces = 0;
    const error = await failure(
      (async () => {
        for await (const _ of stream) pieces++;
      })(),
    );
    expect(pieces).toBe(1);
    expect(error.message).toContain("UNAVAILABLE");
  });
});
