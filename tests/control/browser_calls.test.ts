// Calls from the browser: on sound, over a real socket, with the local voice and recogniser.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readWav, rms, seconds, speech } from "../e2e/support/wav.js";
import { type Api, type Json, acceptInvite, api, becomeOwner } from "./support/api.js";
import { BrowserCaller, UpgradeRefused, atRate, openBrowserSocket, spoken } from "./support/browser.js";
import { EventReader, keypad, publish } from "./support/flows.js";
import { Server, eventually, pause } from "./support/server.js";

const desk = { agent: "appointment-desk" };

async function callsOf(client: Api, sessionId: string): Promise<Json[]> {
  return (await client.must("GET", `/api/v1/sessions/${sessionId}`)).calls;
}

async function endedCall(client: Api, id: string): Promise<Json> {
  return eventually("the call to be over, with its recording", async () => {
    const call = await client.must("GET", `/api/v1/calls/${id}`);
    return call.status !== "in_progress" && (call.recording === null || call.recording.complete) ? call : undefined;
  });
}

async function refusal(opening: Promise<unknown>): Promise<UpgradeRefused> {
  const refused = await opening.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(UpgradeRefused);
  return refused as UpgradeRefused;
}

describe("a conversation on sound", () => {
  let server: Server;
  let client: Api;
  beforeAll(async () => {
    server = await Server.start();
    client = api(server);
  });
  afterAll(() => server.stop());

  test("greeting, question, answer, events, recording, interruption", async () => {
    const caller = await BrowserCaller.dial(client, server, { call: { ...desk, sessionId: "visit-1" } });
    const reader = await EventReader.open(client, "/api/v1/events?sessionId=visit-1", {
      headers: { "last-event-id": "00000000010000000000000000" },
    });
    expect(caller.started).toEqual({
      type: "started",
      sessionId: "visit-1",
      callId: expect.any(String),
      agent: "appointment-desk",
      sampleRate: 16000,
    });
    await caller.agentFinished();
    expect(rms(caller.heard())).toBeGreaterThan(300);
    // A greeting of seven seconds at 16 kHz: at another rate it would be twice as long, or half.
    expect(caller.heard().length / 16_000).toBeGreaterThan(4);
    expect(caller.heard().length / 16_000).toBeLessThan(12);
    expect(caller.count("mark")).toBeGreaterThan(0);

    let before = caller.frames.length;
    await caller.say(atRate(speech("book_appointment"), 16_000));
    await caller.agentSpeaks(before);
    await reader.until("what was understood", () =>
      reader.of("transcript.final").some((one) => one.data.data.speaker === "caller"),
    );
    const understood = reader.of("transcript.final").find((one) => one.data.data.speaker === "caller")!;
    expect(understood.data.data.text).toMatch(/book/);
    expect(understood.data).toMatchObject({ sessionId: "visit-1", callId: caller.started.callId });

    // The agent is still speaking.
    await pause(600);
    await caller.say(atRate(speech("long_question"), 16_000));
    await caller.message("clear");
    before = caller.frames.length;
    await caller.agentFinished(before);
    await caller.hangUp();
    expect(caller.messages.at(-1)).toEqual({ type: "ended", reason: "caller hung up" });
    expect(caller.closed).toEqual({ code: 1000, reason: "caller hung up" });
    expect(caller.faults).toEqual([]);
    await reader.until("the end", () => reader.of("recording.ready").length > 0);
    expect([...new Set(reader.types)]).toEqual(
      expect.arrayContaining(["call.started", "transcript.final", "turn.completed", "stage.changed", "call.ended"]),
    );
    reader.close();

    const call = await endedCall(client, caller.started.callId);
    expect(call).toMatchObject({
      carrier: "browser",
      direction: "inbound",
      sessionId: "visit-1",
      from: "browser",
      sampleRateHz: 16000,
      status: "completed",
      endReason: "caller hung up",
    });
    expect(call.turns[1]).toMatchObject({ inputKind: "speech", interrupted: true });
    expect(call.turns[1].agentHeard.length).toBeLessThan(call.turns[1].agentText.length);
    const file = join(server.dataDir, "recordings", `${call.id}.wav`);
    expect(existsSync(file)).toBe(true);
    const recording = readWav(file);
    expect(recording.sampleRate).toBe(16_000);
    expect(seconds(recording)).toBeGreaterThan(8);
    for (const channel of recording.channels) expect(rms(channel)).toBeGreaterThan(100);
    const session = await client.must("GET", "/api/v1/sessions/visit-1");
    expect(session).toMatchObject({ channel: "web", agent: "appointment-desk", caller: "browser", status: "ended" });
    expect(session.calls.map((one: Json) => one.id)).toEqual([call.id]);
  }, 90_000);

  test("a connection that breaks: the same session goes on, with what was said and where it stood", async () => {
    const thomas = await spoken(client, server, "Doctor Thomas");
    const first = await BrowserCaller.dial(client, server, { call: { ...desk, sessionId: "visit-2" } });
    await first.agentFinished();
    const before = first.frames.length;
    await first.say(atRate(speech("book_appointment"), 16_000));
    await first.agentFinished(before);
    first.drop();

    const second = await BrowserCaller.dial(client, server, { call: { sessionId: "visit-2" } });
    expect(second.started).toMatchObject({ sessionId: "visit-2", agent: "appointment-desk" });
    expect(second.started.callId).not.toBe(first.started.callId);
    await pause(1500);
    expect(second.frames.length, "no second greeting").toBe(0);
    // Only somebody who was asked for a doctor is understood like this.
    await second.say(thomas);
    await second.agentFinished();
    await second.hangUp();
    const call = await endedCall(client, second.started.callId);
    const answered = call.turns.find((turn: Json) => turn.inputKind === "speech");
    expect(answered.agentText).toBe("Good. Which day would you like to see Doctor Thomas?");
    expect(call.events.filter((event: Json) => event.kind === "slot").map((event: Json) => event.detail)).toEqual([
      "doctor=Doctor Thomas",
    ]);
    const calls = await callsOf(client, "visit-2");
    expect(calls.map((one) => [one.id, one.endReason])).toEqual([
      [second.started.callId, "caller hung up"],
      [first.started.callId, "stream lost"],
    ]);
  }, 90_000);

  test.each([8000, 24_000, 48_000])("at %i Hz", async (rate) => {
    const caller = await BrowserCaller.dial(client, server, { rate, call: desk });
    await caller.agentFinished();
    const length = caller.heard().length / rate;
    expect(length).toBeGreaterThan(4);
    expect(length).toBeLessThan(12);
    const before = caller.frames.length;
    await caller.say(atRate(speech("book_appointment"), rate));
    await caller.agentFinished(before);
    await caller.hangUp();
    const call = await endedCall(client, caller.started.callId);
    expect(call.sampleRateHz).toBe(rate);
    expect(call.turns[1].callerText).toMatch(/book/);
    const recording = readWav(join(server.dataDir, "recordings", `${call.id}.wav`));
    expect(recording.sampleRate).toBe(rate);
    for (const channel of recording.channels) expect(rms(channel)).toBeGreaterThan(100);
    expect(caller.faults).toEqual([]);
  }, 60_000);
});

describe.concurrent("sessions", () => {
  let server: Server;
  let client: Api;
  beforeAll(async () => {
    server = await Server.start();
    client = api(server);
    await publish(client, keypad("keys"));
  });
  afterAll(() => server.stop());

  // A key and its answer.
  async function press(caller: BrowserCaller, digit: string): Promise<void> {
    const before = caller.frames.length;
    caller.key(digit);
    await caller.agentFinished(before);
  }

  test("one that still goes on is taken over, and the connection before is told", async () => {
    const first = await BrowserCaller.dial(client, server, { call: { agent: "keys", variables: { name: "Asha" } } });
    await first.agentFinished();
    await press(first, "1");
    const second = await BrowserCaller.dial(client, server, { call: { sessionId: first.sessionId } });
    await first.end();
    expect(first.closed!.code).toBe(1000);
    expect(first.messages.at(-1)).toMatchObject({ type: "ended" });
    await press(second, "9");
    await second.end();
    expect(second.messages.at(-1)).toEqual({ type: "ended", reason: "agent hung up" });
    const calls = await eventually("both to be over", async () => {
      const both = await callsOf(client, first.sessionId);
      return both.length === 2 && both.every((one) => one.status === "completed") && both;
    });
    expect(calls.map((one) => [one.id, one.endReason])).toEqual([
      [second.started.callId, "agent hung up"],
      [first.started.callId, "taken up by another connection"],
    ]);
    for (const one of calls) expect(one.variables).toEqual({ name: "Asha" });
    // No greeting again, and no turn of the connection before.
    const turns = (await endedCall(client, second.started.callId)).turns;
    expect(turns.map((turn: Json) => turn.agentText)).toEqual(["Goodbye."]);
  });

  test("one that the agent has ended begins anew in the same session, with its configuration", async () => {
    const call = { agent: "keys", sessionId: "ended-1" };
    const first = await BrowserCaller.dial(client, server, { call });
    await first.agentFinished();
    await press(first, "1");
    first.key("9");
    await first.end();
    const again = await BrowserCaller.dial(client, server, { call });
    await again.agentFinished();
    await again.hangUp();
    const second = await endedCall(client, again.started.callId);
    expect(second.turns[0].agentText).toBe("Press a key.");
    expect(await callsOf(client, "ended-1")).toHaveLength(2);
  });

  test("one of a server that died goes on by what the log has", async () => {
    const other = await Server.start();
    try {
      const its = api(other);
      await publish(its, keypad("keys"));
      const first = await BrowserCaller.dial(its, other, { call: { agent: "keys", sessionId: "died-1" } });
      await first.agentFinished();
      await press(first, "1");
      await eventually("the turn in the log", async () => {
        const call = await its.must("GET", `/api/v1/calls/${first.started.callId}`);
        return call.turns.some((turn: Json) => turn.inputKind === "dtmf" && turn.agentHeard !== "");
      });
      await other.restart();
      const second = await BrowserCaller.dial(its, other, { call: { sessionId: "died-1" } });
      await pause(700);
      expect(second.frames).toEqual([]);
      await press(second, "9");
      await second.end();
      expect((await endedCall(its, second.started.callId)).endReason).toBe("agent hung up");
    } finally {
      await other.stop();
    }
  });

  test("one that a restarting server, or a microphone without sound, has broken off goes on", async () => {
    const other = await Server.start({ settings: { drain: { deadline: "1s" } } });
    try {
      const its = api(other);
      await publish(its, keypad("keys"));
      const first = await BrowserCaller.dial(its, other, { call: { agent: "keys", sessionId: "broken-1" } });
      await first.agentFinished();
      await press(first, "1");
      const stopped = other.shutDown();
      await first.end();
      expect(first.closed!.code).toBe(1001);
      await stopped;
      await other.restart();
      const second = await BrowserCaller.dial(its, other, { call: { sessionId: "broken-1" } });
      second.muted = true;
      await second.end(15_000);
      expect(second.closed).toEqual({ code: 1001, reason: "stream lost" });
      expect(second.frames).toEqual([]);
      const third = await BrowserCaller.dial(its, other, { call: { sessionId: "broken-1" } });
      await press(third, "9");
      await third.end();
      expect([first, second, third].map((one) => one.count("ended"))).toEqual([0, 0, 1]);
      const turns = (await endedCall(its, third.started.callId)).turns;
      expect(turns.map((turn: Json) => turn.agentText)).toEqual(["Goodbye."]);
    } finally {
      await other.stop();
    }
  }, 60_000);

  test("a phone call's, a chat's and another agent's are refused", async () => {
    await client.must("POST", "/api/v1/chat", { message: "next", agent: "keys", sessionId: "chat-1" });
    const chat = await client.post("/api/v1/browser-calls", { sessionId: "chat-1" });
    expect(chat.status).toBe(409);
    expect(chat.json.detail).toMatch(/is a chat/);
    const caller = await BrowserCaller.dial(client, server, { call: { agent: "keys", sessionId: "mine-1" } });
    const other = await client.post("/api/v1/browser-calls", { sessionId: "mine-1", agent: "bench" });
    expect(other.status).toBe(409);
    expect(other.json.detail).toMatch(/talks with agent keys/);
    await caller.hangUp();
  });

  test("an echo sends back what it hears", async () => {
    const caller = await BrowserCaller.dial(client, server, { call: { agent: "echo" } });
    await caller.say(atRate(speech("yes_please"), 16_000));
    await caller.agentSpeaks();
    await pause(300);
    expect(rms(caller.heard())).toBeGreaterThan(100);
    await caller.hangUp();
    expect(caller.faults).toEqual([]);
  });

  test("who wants a person is told that nobody is there, and the call goes on", async () => {
    const yaml = keypad("hands-over") + 'transfer: {to: ["+918030752400"], say: One moment., failed_say: Nobody is free.}\n';
    await publish(client, yaml.replace('dtmf: {finish_on: ""}', 'dtmf: {keys: {"0": {action: escalate}}}'));
    const caller = await BrowserCaller.dial(client, server, { call: { agent: "hands-over" } });
    await caller.agentFinished();
    await press(caller, "0");
    expect(caller.closed).toBeUndefined();
    await caller.hangUp();
    const call = await endedCall(client, caller.started.callId);
    expect(call.escalationRequested).toBe(true);
    expect(call.events.map((event: Json) => event.kind)).toContain("transfer_refused");
  });
});

describe.concurrent("who may call, and whom", () => {
  let server: Server;
  let owner: Api;
  beforeAll(async () => {
    server = await Server.start({
      settings: { api: { cors_origins: ["https://shop.example.com"] }, calls: { max: 30 } },
    });
    owner = await becomeOwner(server);
    await publish(owner, keypad("keys"));
  });
  afterAll(() => server.stop());

  const announce = async (call: Json = { agent: "keys" }) => (await owner.must("POST", "/api/v1/browser-calls", call)).socketPath as string;

  test("the address is good once", async () => {
    const path = await announce();
    const socket = await openBrowserSocket(server, path);
    const refused = await refusal(openBrowserSocket(server, path));
    expect(refused.status).toBe(403);
    expect(refused.problem.type).toMatch(/forbidden/);
    socket.terminate();
    expect((await refusal(openBrowserSocket(server, "/api/v1/browser-calls/socket/nobody-knows-it"))).status).toBe(403);
  });

  test("a key that is used again does not give the address out again", async () => {
    const again = { headers: { "idempotency-key": "the-same" } };
    expect((await owner.post("/api/v1/browser-calls", { agent: "keys" }, again)).status).toBe(201);
    const second = await owner.post("/api/v1/browser-calls", { agent: "keys" }, again);
    expect(second.status).toBe(409);
    expect(second.text).not.toContain("/socket/");
  });

  test("pages of other origins may not use it; those that may use the API may", async () => {
    const path = await announce();
    expect((await refusal(openBrowserSocket(server, path, "https://evil.example.com"))).status).toBe(403);
    expect((await refusal(openBrowserSocket(server, path, "null"))).status).toBe(403);
    // It was not used up by that.
    (await openBrowserSocket(server, path, server.url)).terminate();
    (await openBrowserSocket(server, await announce(), "https://shop.example.com")).terminate();
  });

  test("a stranger, a viewer, and a key without the right", async () => {
    expect((await api(server).post("/api/v1/browser-calls", { agent: "keys" })).status).toBe(401);
    const invited = async (role: string) => {
      const { inviteUrl } = await owner.must("POST", "/api/v1/users", { email: `${role}@example.com`, role });
      return acceptInvite(server, inviteUrl);
    };
    expect((await (await invited("viewer")).post("/api/v1/browser-calls", { agent: "keys" })).status).toBe(403);
    const { key } = await owner.must("POST", "/api/v1/api-keys", { name: "page", scopes: ["sessions:write"] });
    const page = api(server, { key });
    expect((await page.post("/api/v1/browser-calls", { agent: "keys" })).status).toBe(201);
    const draft = await page.post("/api/v1/browser-calls", { agent: "keys", draft: true });
    expect([draft.status, draft.json.detail]).toEqual([403, "a draft needs the right agents:read"]);
    const chat = await page.post("/api/v1/chat", { agent: "keys", draft: true, message: "next" });
    expect([chat.status, chat.json.detail]).toEqual([403, "a draft needs the right agents:read"]);
  });

  test("the user's name stands in the log", async () => {
    const me = await owner.must("GET", "/api/v1/me");
    const caller = await BrowserCaller.dial(owner, server, { call: { agent: "keys" } });
    await caller.hangUp();
    const call = await endedCall(owner, caller.started.callId);
    expect(call.from).toBe(me.user?.name ?? me.name);
  });

  test("an agent that is not there, one that cannot talk, and what the request may hold", async () => {
    const unknown = await owner.post("/api/v1/browser-calls", { agent: "nobody" });
    expect(unknown.status).toBe(404);
    await owner.must("POST", "/api/v1/agents", {
      yaml: "name: keyless\nllm: {provider: openai}\ntts: {provider: elevenlabs}\nstt: {provider: none}\n",
    });
    const keyless = await owner.post("/api/v1/browser-calls", { agent: "keyless", draft: true });
    expect(keyless.status).toBe(409);
    expect(keyless.json.detail).toMatch(/cannot talk yet/);
    // Of that name there is one in the workspace: a bundled one would be another.
    const own = await owner.post("/api/v1/browser-calls", { agent: "keyless" });
    expect(own.status).toBe(404);
    for (const body of [{ sessionId: "../x" }, { variables: { a: 1 } }, { draft: "yes" }, { more: 1 }])
      expect((await owner.post("/api/v1/browser-calls", body)).status, JSON.stringify(body)).toBe(400);
  });

  test("a draft answers before it is published, and its session keeps it", async () => {
    const yaml = (words: string) => keypad("mine").replace("Press a key.", words);
    const agent = await owner.must("POST", "/api/v1/agents", { yaml: yaml("The draft.") });
    expect((await owner.post("/api/v1/browser-calls", { agent: "mine" })).status).toBe(404);
    const caller = await BrowserCaller.dial(owner, server, { call: { agent: agent.id, draft: true } });
    await caller.agentFinished();
    caller.drop();
    await owner.must("PUT", `/api/v1/agents/${agent.id}`, { yaml: yaml("Another draft.").replace("That was one.", "Changed.") });
    const again = await BrowserCaller.dial(owner, server, { call: { agent: agent.id, sessionId: caller.sessionId } });
    const before = again.frames.length;
    again.key("1");
    await again.agentFinished(before);
    await again.hangUp();
    const first = await endedCall(owner, caller.started.callId);
    expect(first.turns[0].agentText).toBe("The draft.");
    const second = await endedCall(owner, again.started.callId);
    expect(second.turns.map((turn: Json) => turn.agentText)).toEqual(["That was one."]);
    // In writing, too.
    const chat = await owner.must("POST", "/api/v1/chat", { agent: "mine", draft: true, message: "next" });
    expect(chat.firstMessage).toBe("Another draft.");
    const more = await owner.must("POST", "/api/v1/chat", { agent: agent.id, sessionId: chat.sessionId, message: "bye" });
    expect(more.reply).toBe("Goodbye.");
  });

  test("bad messages end a call with the code and the reason", async () => {
    const say = async (...messages: unknown[]) => {
      const caller = await BrowserCaller.open(server, await announce());
      for (const message of messages) caller.send(message);
      await caller.end();
      return caller.closed!;
    };
    expect(await say({ type: "start", sampleRate: 44_100 })).toMatchObject({ code: 1003, reason: expect.stringMatching(/48000/) });
    expect(await say("x", "y", "z")).toMatchObject({ code: 1002 });
    expect(await say({ type: "start", sampleRate: 16_000 }, Buffer.alloc(70_000))).toMatchObject({ code: 1009 });
    const odd = Array.from({ length: 101 }, () => Buffer.alloc(321));
    expect(await say({ type: "start", sampleRate: 16_000 }, ...odd)).toMatchObject({ code: 1002, reason: expect.stringMatching(/odd/) });
    expect(await say({ type: "stop" })).toMatchObject({ code: 1000 });
  });
});

test("a server that is full says so when it is asked and at the socket, and one that stops ends its calls", async () => {
  const server = await Server.start({ settings: { calls: { max: 1 }, drain: { deadline: "1s" } } });
  try {
    const client = api(server);
    const late = (await client.must("POST", "/api/v1/browser-calls", { agent: "echo" })).socketPath;
    const caller = await BrowserCaller.dial(client, server, { call: { agent: "echo" } });
    const full = await client.post("/api/v1/browser-calls", { agent: "echo" });
    expect([full.status, full.headers.get("retry-after")]).toEqual([503, "5"]);
    const refused = await refusal(openBrowserSocket(server, late));
    expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "5"]);
    expect((await client.get("/metrics")).text).toMatch(/parley_calls_active 1\b/);
    const ended = server.shutDown();
    await caller.end();
    expect(caller.closed!.code).toBe(1001);
    // The page is to come back: no word of an end.
    expect(caller.count("ended")).toBe(0);
    expect(await ended).toMatchObject({ code: 0 });
  } finally {
    await server.stop();
  }
});
