// Conversations and their ids on every channel, and chats: whole, streamed, one turn at a time.
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type Json, api } from "./support/api.js";
import { EventReader, callOf, greeter, heardCall, keypad, publish } from "./support/flows.js";
import { Server, eventually } from "./support/server.js";

// A model that answers when the test lets it.
class SlowModel {
  readonly asked: string[] = [];
  private readonly waiting: (() => void)[] = [];
  private constructor(private readonly http: HttpServer) {}

  static async start(): Promise<SlowModel> {
    const http = createServer();
    const model = new SlowModel(http);
    http.on("request", (request, response) => {
      let body = "";
      request.on("data", (piece: Buffer) => (body += piece.toString("utf8")));
      request.on("end", () => {
        model.asked.push(body);
        response.writeHead(200, { "content-type": "text/event-stream" });
        const delta = (content: string) =>
          response.write(`data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: { content } }] })}\n\n`);
        delta("Once upon ");
        model.waiting.push(() => {
          delta("a time.");
          response.end('data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
        });
      });
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    return model;
  }
  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}/v1`;
  }
  letAnswer(): void {
    for (const answer of this.waiting.splice(0)) answer();
  }
  stop(): void {
    this.http.closeAllConnections();
    this.http.close();
  }
}

let server: Server;
let client: Api;
let model: SlowModel;
beforeAll(async () => {
  model = await SlowModel.start();
  server = await Server.start({
    env: { OPENAI_API_KEY: "key-of-the-test", OPENAI_BASE_URL: model.url, PARLEY_OUTBOUND_ALLOW: "127.0.0.1/32" },
  });
  client = api(server);
  await publish(client, keypad("desk"));
  await publish(client, greeter("other"));
  await publish(
    client,
    "name: slow\nfirst_message: Ask me.\nprompt: You tell stories.\nstt: {provider: none}\nllm: {provider: openai, model: gpt-5.4-mini}\ntts: {provider: instant}\n",
  );
});
afterAll(async () => {
  model.stop();
  await server.stop();
});

const chat = (json: Json): Promise<Json> => client.must("POST", "/api/v1/chat", json);
const session = (id: string): Promise<Json> => client.must("GET", `/api/v1/sessions/${id}`);

describe.concurrent("ids", () => {
  test("one that is given is used as it is, over all messages", async () => {
    const sessionId = "session_1763712000000_k3j9x2a";
    const first = await chat({ message: "next", sessionId, agent: "desk" });
    expect(first).toMatchObject({
      sessionId,
      agent: "desk",
      firstMessage: "Press a key.",
      reply: "Going on.",
      ended: false,
      actions: [{ kind: "stage", stage: "second" }],
    });
    for (let message = 0; message < 3; ++message) {
      const reply = await chat({ message: "hello there", sessionId });
      // Of the agent it began with; the first message is said once.
      expect(reply).toMatchObject({ sessionId, agent: "desk", firstMessage: "" });
    }
    const kept = await session(sessionId);
    expect(kept.messages.map((one: Json) => one.role)).toEqual([
      "agent", "user", "agent", "user", "agent", "user", "agent", "user", "agent",
    ]);
    expect(kept.messages.map((one: Json) => one.number)).toEqual([...kept.messages.keys()].map((i) => i + kept.messages[0].number));
    expect(kept).toMatchObject({ id: sessionId, channel: "chat", status: "active", messagesCount: 9 });
    const listed = (await client.must("GET", "/api/v1/sessions?channel=chat&limit=200")).items;
    expect(listed.filter((one: Json) => one.id === sessionId)).toHaveLength(1);
  });

  test("one that is missing is made once and told", async () => {
    const first = await chat({ message: "hello", agent: "desk" });
    expect(first.sessionId).toMatch(/^\w{10,}$/);
    const second = await chat({ message: "next", sessionId: first.sessionId });
    expect(second).toMatchObject({ sessionId: first.sessionId, messagesCount: first.messagesCount + 2 });
    expect((await chat({ message: "hello", agent: "desk" })).sessionId).not.toBe(first.sessionId);
  });

  test("agentId means the same as agent; an agent that is not there is told", async () => {
    expect((await chat({ message: "hello", agentId: "other" })).agent).toBe("other");
    const byId = await client.must("GET", "/api/v1/agents/other");
    expect((await chat({ message: "hello", agentId: byId.id })).agent).toBe("other");
    const ghost = await client.post("/api/v1/chat", { message: "hello", agentId: "ghost" });
    expect(ghost.status).toBe(400);
    expect(ghost.json.errors[0].pointer).toBe("/body/agent");
  });

  test("a session may be begun before anything is said, and begun twice is one", async () => {
    const begun = await client.post("/api/v1/sessions", { sessionId: "web-1", agent: "desk", channel: "web" });
    expect(begun.status).toBe(201);
    expect(begun.json).toMatchObject({ id: "web-1", channel: "web", agent: "desk", messagesCount: 0 });
    expect(begun.json.agentConfig.name).toBe("desk");
    expect((await client.post("/api/v1/sessions", { sessionId: "web-1", agent: "desk", channel: "web" })).status).toBe(200);
    const reply = await chat({ message: "hello", sessionId: "web-1" });
    expect(reply).toMatchObject({ sessionId: "web-1", agent: "desk" });
    expect((await client.post("/api/v1/chat", { message: "x", sessionId: "../etc/passwd" })).status).toBe(400);
  });

  test("a phone call's session carries the carrier's id of the call", async () => {
    const caller = await heardCall(server, "/media", { from: "+919400000001", customParameters: { agent: "other" } });
    const call = await callOf(client, caller);
    const kept = await session(call.sessionId);
    expect(kept).toMatchObject({ channel: "phone", carrierCallId: caller.callId, caller: "+919400000001", agent: "other", status: "ended" });
    expect(kept.calls.map((one: Json) => one.id)).toEqual([call.id]);
    expect(kept.agentConfig.first_message).toBe("This is other.");
    // It is a phone call's: nobody chats in it.
    expect((await client.post("/api/v1/chat", { message: "hello", sessionId: call.sessionId })).status).toBe(409);
  });

  test("one that is ended takes no more messages; one that is deleted is gone", async () => {
    const { sessionId } = await chat({ message: "hello", agent: "desk" });
    expect((await client.must("POST", `/api/v1/sessions/${sessionId}/end`)).status).toBe("ended");
    expect((await client.post("/api/v1/chat", { message: "hello", sessionId })).status).toBe(409);
    expect((await client.delete(`/api/v1/sessions/${sessionId}`)).status).toBe(204);
    expect((await client.get(`/api/v1/sessions/${sessionId}`)).status).toBe(404);

    const bye = await chat({ message: "bye", agent: "desk" });
    expect(bye).toMatchObject({ reply: "Goodbye.", ended: true });
    expect((await client.post("/api/v1/chat", { message: "hello", sessionId: bye.sessionId })).status).toBe(409);
  });

  test("an agent that asks for a person says so", async () => {
    const reply = await chat({ message: "human", agent: "desk" });
    expect(reply).toMatchObject({ reply: "One moment.", escalated: true });
    expect(reply.actions.map((one: Json) => one.kind)).toContain("escalation");
  });
});

describe.concurrent("streams", () => {
  test("session, first message, words, actions, done", async () => {
    const stream = await EventReader.open(client, "/api/v1/chat", {
      method: "POST",
      json: { message: "next", agent: "desk", stream: true, sessionId: "streamed-1" },
    });
    await eventually("the end of the stream", async () => stream.ended);
    expect(stream.types[0]).toBe("session");
    expect(stream.types[1]).toBe("firstMessage");
    expect(stream.types.at(-1)).toBe("done");
    expect(new Set(stream.types)).toEqual(new Set(["session", "firstMessage", "delta", "action", "done"]));
    expect(stream.events[0]!.data).toEqual({ sessionId: "streamed-1" });
    expect(stream.events[1]!.data).toEqual({ text: "Press a key." });
    const said = stream.of("delta").map((one) => one.data.text).join("");
    const done = stream.events.at(-1)!.data;
    expect(done).toMatchObject({ sessionId: "streamed-1", reply: "Going on.", ended: false });
    expect(said.trim()).toBe(done.reply);
    expect(stream.of("action").map((one) => one.data)).toEqual(done.actions);
  });

  test("Accept asks for a stream, too", async () => {
    const response = await client.raw("POST", "/api/v1/chat", {
      json: { message: "hello", agent: "desk" },
      headers: { accept: "text/event-stream" },
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(await response.text()).toContain("event: done");
    const plain = await client.post("/api/v1/chat", { message: "hello", agent: "desk" });
    expect(plain.headers.get("content-type")).toContain("application/json");
  });
});

describe("a turn under way", () => {
  test("a second one is refused and does no harm; words come as they are made", async () => {
    const stream = await EventReader.open(client, "/api/v1/chat", {
      method: "POST",
      json: { message: "Tell me a story", agent: "slow", stream: true, sessionId: "busy-1" },
    });
    await eventually("the model asked", async () => model.asked.length === 1);
    const second = await client.post("/api/v1/chat", { message: "And?", sessionId: "busy-1" });
    expect(second.status).toBe(409);
    expect(model.asked).toHaveLength(1);
    expect(stream.of("done")).toEqual([]);
    model.letAnswer();
    await stream.until("the reply", () => stream.of("done").length > 0);
    expect(stream.of("done")[0]!.data.reply).toBe("Once upon a time.");

    const third = chat({ message: "And then?", sessionId: "busy-1" });
    await eventually("the model asked again", async () => model.asked.length === 2);
    model.letAnswer();
    expect((await third).reply).toBe("Once upon a time.");
    // What was said before is in front of the model; what was refused is not.
    const history = JSON.stringify(JSON.parse(model.asked[1]!).messages);
    expect(history).toContain("Tell me a story");
    expect(history).toContain("Once upon a time.");
    expect(history).not.toContain('"And?"');
  });

  test("who goes away in the middle has interrupted it, and can come back", async () => {
    const before = model.asked.length;
    const stream = await EventReader.open(client, "/api/v1/chat", {
      method: "POST",
      json: { message: "Tell me a story", agent: "slow", stream: true, sessionId: "left-1" },
    });
    await eventually("the model asked", async () => model.asked.length === before + 1);
    stream.close();
    const back = await eventually("the next turn let in", async () => {
      const answer = client.post("/api/v1/chat", { message: "I am back", sessionId: "left-1" });
      await eventually("it asked or was refused", async () =>
        model.asked.length === before + 2 || (await Promise.race([answer, Promise.resolve(undefined)])) !== undefined,
      );
      model.letAnswer();
      const { status, json } = await answer;
      return status === 200 ? json : undefined;
    });
    expect(back.reply).toBe("Once upon a time.");
    expect((await session("left-1")).messages.filter((one: Json) => one.role === "user").map((one: Json) => one.text)).toEqual([
      "Tell me a story",
      "I am back",
    ]);
  });
});

describe("what a session began with", () => {
  test("stays when the agent is published anew, also over a restart", async () => {
    const made = await publish(client, keypad("frozen"));
    const old = (await chat({ message: "hello", agent: "frozen" })).sessionId;
    const yaml = keypad("frozen").replace("Going on.", "Going somewhere else.");
    await client.must("PUT", `/api/v1/agents/${made.id}`, { yaml });
    await client.must("POST", `/api/v1/agents/${made.id}/publish`, {});
    const later = (await chat({ message: "hello", agent: "frozen" })).sessionId;
    await server.kill();
    await server.restart();
    expect((await chat({ message: "next", sessionId: old })).reply).toBe("Going on.");
    expect((await chat({ message: "next", sessionId: later })).reply).toBe("Going somewhere else.");
    const config = (await session(old)).agentConfig;
    expect(JSON.stringify(config)).toContain("Going on.");
    expect((await session(old)).agentVersion).not.toBe((await session(later)).agentVersion);
  });
});
