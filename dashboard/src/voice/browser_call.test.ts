import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Problem, unreachable } from "@/api/problem";
import { BrowserCall, type CallParts } from "./browser_call";
import type { AudioHandlers, CallAudio } from "./call_audio";
import { isOver } from "./call_state";
import { AudioUnavailable, reasonOf } from "./microphone";

class Socket {
  binaryType = "";
  readyState: number = WebSocket.CONNECTING;
  bufferedAmount = 0;
  sent: Array<string | ArrayBuffer> = [];
  closedWith: number | undefined;
  onopen = () => {};
  onmessage = (_: { data: string | ArrayBuffer }) => {};
  onclose = (_: { code: number; reason: string }) => {};

  constructor(readonly path: string) {}
  send(data: string | ArrayBuffer) {
    this.sent.push(data);
  }
  close(code?: number) {
    this.closedWith = code;
    this.readyState = WebSocket.CLOSED;
  }
  // What the server does.
  open() {
    this.readyState = WebSocket.OPEN;
    this.onopen();
  }
  say(message: object) {
    this.onmessage({ data: JSON.stringify(message) });
  }
  begin(callId = "c1") {
    this.open();
    this.say({ type: "started", sessionId: "s", callId, agent: "echo", sampleRate: 16000 });
  }
  drop(code: number, reason = "") {
    this.readyState = WebSocket.CLOSED;
    this.onclose({ code, reason });
  }
  words() {
    return this.sent.filter((each): each is string => typeof each === "string").map((each) => JSON.parse(each) as { type: string });
  }
}

function setUp(openCall?: CallParts["openCall"]) {
  const sockets: Socket[] = [];
  const asked: Array<Parameters<CallParts["openCall"]>[0]> = [];
  let handlers: AudioHandlers | undefined;
  const audio = { play: vi.fn(), mark: vi.fn(), clear: vi.fn(), setMuted: vi.fn(), resume: vi.fn(), close: vi.fn() } satisfies CallAudio;
  const call = new BrowserCall({
    openCall: async (request) => {
      asked.push(request);
      return openCall ? openCall(request) : { socketPath: `/socket/${asked.length}` };
    },
    createSocket: (path) => {
      const socket = new Socket(path);
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    openAudio: async (given, take) => {
      handlers = given;
      take(audio);
    },
  });
  return { call, sockets, asked, audio, sound: () => handlers! };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("sound goes both ways once the server has said that it has begun", async () => {
  const { call, sockets, audio, sound } = setUp();
  await call.start({ agent: "echo" });
  expect(call.state.phase).toBe("connecting");
  sound().onFrame(new ArrayBuffer(640), 0.1);
  sockets[0]!.begin();
  expect(sockets[0]!.words()).toEqual([{ type: "start", sampleRate: 16000 }]);
  expect(call.state).toMatchObject({ phase: "talking", callId: "c1", agent: "echo" });
  sound().onFrame(new ArrayBuffer(640), 0.1);
  expect(sockets[0]!.sent.filter((each) => typeof each !== "string")).toHaveLength(1);
  sockets[0]!.onmessage({ data: new ArrayBuffer(640) });
  expect(audio.play).toHaveBeenCalledTimes(1);
});

test("marks are echoed when they are played, once", async () => {
  const { call, sockets, audio, sound } = setUp();
  await call.start({ agent: "echo" });
  sockets[0]!.begin();
  sockets[0]!.say({ type: "mark", name: "m1" });
  expect(audio.mark).toHaveBeenCalledWith("m1");
  sound().onMarks(["m1"]);
  sound().onMarks(["m1"]);
  expect(sockets[0]!.words().slice(1)).toEqual([{ type: "mark", name: "m1" }]);
});

test("a lost connection comes back under the same session, more slowly each time", async () => {
  let away = false;
  const { call, sockets, asked, audio, sound } = setUp(async () => {
    if (away) throw unreachable();
    return { socketPath: "/socket" };
  });
  await call.start({ agent: "echo" });
  sockets[0]!.begin();
  sockets[0]!.say({ type: "mark", name: "old" });
  away = true;
  sockets[0]!.drop(1006);
  expect(call.state.phase).toBe("reconnecting");
  expect(audio.clear).toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(500);
  expect(asked).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(900);
  expect(asked).toHaveLength(2);
  away = false;
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toHaveLength(3);
  sockets[1]!.begin("c2");
  expect(call.state).toMatchObject({ phase: "talking", callId: "c2" });
  expect(new Set(asked.map((request) => request.sessionId)).size).toBe(1);
  // A mark of the connection that is gone is not told to the new one.
  sound().onMarks(["old"]);
  expect(sockets[1]!.words()).toHaveLength(1);
});

test("a call that the server breaks off without a word of its end goes on", async () => {
  const { call, sockets, asked, sound } = setUp();
  await call.start({ agent: "echo" });
  sockets[0]!.begin();
  sound().onFrame(new ArrayBuffer(640), 0.1);
  sockets[0]!.drop(1001, "server shutdown");
  expect(call.state.phase).toBe("reconnecting");
  await vi.advanceTimersByTimeAsync(500);
  sockets[1]!.begin("c2");
  expect(call.state).toMatchObject({ phase: "talking", callId: "c2" });
  expect(asked[1]!.sessionId).toBe(asked[0]!.sessionId);
});

test("a microphone that gives no sound is not waited for for ever", async () => {
  const { call, sockets } = setUp();
  await call.start({ agent: "echo" });
  for (let i = 0; i < 20 && !isOver(call.state.phase); ++i) {
    sockets.at(-1)!.begin();
    await vi.advanceTimersByTimeAsync(10_000);
    sockets.at(-1)!.drop(1001, "stream lost");
    await vi.advanceTimersByTimeAsync(8000);
  }
  expect(call.state).toMatchObject({ phase: "ended", ending: { by: "lost" } });
  expect(sockets.length).toBeLessThan(10);
});

test("after a minute without a connection the call is over", async () => {
  let away = false;
  const { call, sockets, audio } = setUp(async () => {
    if (away) throw new Problem(503, "unavailable", "the server goes down");
    return { socketPath: "/socket" };
  });
  await call.start({ agent: "echo" });
  sockets[0]!.begin();
  away = true;
  sockets[0]!.drop(1001);
  await vi.advanceTimersByTimeAsync(58_000);
  expect(call.state.phase).toBe("reconnecting");
  await vi.advanceTimersByTimeAsync(12_000);
  expect(call.state).toMatchObject({ phase: "ended", ending: { by: "lost" } });
  expect(audio.close).toHaveBeenCalled();
});

test("what is wrong with the first connection is told as the server says it", async () => {
  const { call, audio } = setUp(async () => {
    throw new Problem(409, "conflict", "deepgram has no key");
  });
  await call.start({ agent: "front-desk" });
  expect(call.state).toMatchObject({ phase: "refused", refusal: { why: "server", detail: "deepgram has no key" } });
  expect(audio.close).toHaveBeenCalled();
});

test("a socket that is closed for what we said is not opened again", async () => {
  const { call, sockets, asked } = setUp();
  await call.start({ agent: "echo" });
  sockets[0]!.open();
  sockets[0]!.drop(1008, "no start within ten seconds");
  expect(call.state.refusal).toEqual({ why: "protocol", detail: "no start within ten seconds" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(1);
});

test("hanging up tells the server and lets go of the microphone", async () => {
  const { call, sockets, audio } = setUp();
  await call.start({ agent: "echo" });
  sockets[0]!.begin();
  call.hangUp();
  expect(sockets[0]!.words().at(-1)).toEqual({ type: "stop" });
  expect(audio.close).toHaveBeenCalled();
  expect(call.state).toMatchObject({ phase: "ended", ending: { by: "you" } });
  sockets[0]!.drop(1006);
  await vi.advanceTimersByTimeAsync(5000);
  expect(sockets).toHaveLength(1);
  expect(sockets[0]!.closedWith).toBe(1000);
});

test("when the agent ends the call its last words are heard out", async () => {
  const { call, sockets, audio } = setUp();
  await call.start({ agent: "echo" });
  sockets[0]!.begin();
  sockets[0]!.say({ type: "ended", reason: "agent hung up" });
  expect(call.state).toMatchObject({ phase: "ended", ending: { by: "agent", detail: "agent hung up" } });
  expect(audio.close).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1000);
  expect(audio.close).toHaveBeenCalled();
});

test("a network that takes nothing more is a lost connection", async () => {
  const { call, sockets, sound } = setUp();
  await call.start({ agent: "echo" });
  sockets[0]!.begin();
  sockets[0]!.bufferedAmount = 100_000;
  for (let i = 0; i < 249; ++i) sound().onFrame(new ArrayBuffer(640), 0);
  expect(call.state.phase).toBe("talking");
  sound().onFrame(new ArrayBuffer(640), 0);
  expect(call.state.phase).toBe("reconnecting");
});

test("a browser that goes offline reconnects as soon as it is online", async () => {
  const { call, sockets, asked } = setUp();
  await call.start({ agent: "echo" });
  sockets[0]!.begin();
  window.dispatchEvent(new Event("offline"));
  expect(call.state.phase).toBe("reconnecting");
  window.dispatchEvent(new Event("online"));
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(2);
  expect(sockets[0]!.closedWith).toBe(1000);
});

test("keys go to the server and are shown", async () => {
  const { call, sockets } = setUp();
  await call.start({ agent: "echo" });
  sockets[0]!.begin();
  call.press("5");
  call.press("#");
  expect(sockets[0]!.words().slice(1)).toEqual([{ type: "key", digit: "5" }, { type: "key", digit: "#" }]);
  expect(call.state.keys).toBe("5#");
});

test("without a microphone it is said why", async () => {
  const call = new BrowserCall({
    openCall: () => Promise.reject(new Error("is not asked")),
    createSocket: () => expect.unreachable(),
    openAudio: () => Promise.reject(new AudioUnavailable("denied", "Permission denied")),
  });
  await call.start({ agent: "echo" });
  expect(call.state).toMatchObject({ phase: "refused", refusal: { why: "denied" } });
  expect(reasonOf(new DOMException("", "NotAllowedError"))).toBe("denied");
  expect(reasonOf(new DOMException("", "NotFoundError"))).toBe("absent");
  expect(reasonOf(new DOMException("", "NotReadableError"))).toBe("busy");
});
