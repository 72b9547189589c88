// Every fault of the wire does what its name says, over HTTP and over WebSockets.
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:http2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { pcmSamples } from "./core/audio.js";
import { Emulator } from "./core/emulator.js";
import type { Rule } from "./core/types.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await Emulator.start();
});
afterAll(() => emulator?.stop());

interface Received {
  status: number;
  writes: Buffer[];
  body: Buffer;
  ended: "end" | "error" | "waiting";
  ms: number;
}

/** A request by hand; `waiting` when nothing ends it within `patience` ms. */
function post(vendor: string, key: string, path: string, body: object, patience = 3000): Promise<Received> {
  const began = Date.now();
  return new Promise((resolve) => {
    const got: Received = { status: 0, writes: [], body: Buffer.alloc(0), ended: "waiting", ms: 0 };
    const done = (ended: Received["ended"]) => {
      clearTimeout(timer);
      resolve({ ...got, body: Buffer.concat(got.writes), ended, ms: Date.now() - began });
      sent.destroy();
    };
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", connection: "close" };
    const sent = request(`${emulator.url(vendor, "http")}${path}`, { method: "POST", headers, agent: false }, (response) => {
      got.status = response.statusCode!;
      response.on("data", (piece: Buffer) => got.writes.push(piece));
      response.once("end", () => done("end"));
      response.once("error", () => done("error"));
    });
    const timer = setTimeout(() => done("waiting"), patience);
    sent.once("error", () => done("error"));
    sent.end(JSON.stringify(body));
  });
}

const chat = (key: string, patience?: number) =>
  post("openai", key, "/v1/chat/completions", { model: "gpt-4o-mini", stream: true, messages: [{ role: "user", content: "what are your opening hours" }] }, patience);
const speech = (key: string) => post("openai", key, "/v1/audio/speech", { model: "tts-1", voice: "nova", input: "hello there", response_format: "pcm" });
const rule = (key: string, more: Partial<Rule>) => emulator.rule({ vendor: "*", key, part: "*", ...more });

function textOf(received: Received): string {
  return received.body
    .toString()
    .split("\n\n")
    .filter((event) => event.startsWith("data: {"))
    .map((event) => (JSON.parse(event.slice(6)) as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ?? "")
    .join("");
}
const kAnswer = "We’re open from nine to five. Please come any day.";

describe("over HTTP", () => {
  test("without a rule everything is whole", async () => {
    const received = await chat("plain");
    expect(textOf(received)).toBe(kAnswer);
    expect(received.body.toString()).toMatch(/data: \[DONE\]\n\n$/);
  });

  test("timeout and never_first_piece say nothing, before and after the headers", async () => {
    rule("t1", { fault: "timeout" });
    rule("t2", { fault: "never_first_piece" });
    expect(await chat("t1", 300)).toMatchObject({ status: 0, ended: "waiting" });
    const opened = await chat("t2", 300);
    expect(opened).toMatchObject({ status: 200, ended: "waiting" });
    expect(textOf(opened)).toBe("");
  });

  test.each(["first", "middle", "end"] as const)("break, half_open and close_early in phase %s", async (phase) => {
    for (const [fault, ended] of [["break", "error"], ["half_open", "waiting"], ["close_early", "end"]] as const) {
      const key = `${fault}-${phase}`;
      rule(key, { fault, phase });
      const received = await chat(key, 400);
      expect(received.ended, key).toBe(ended);
      expect(received.body.toString(), key).not.toContain("[DONE]");
      const text = textOf(received);
      if (phase === "first") expect(text, key).toBe("");
      if (phase === "middle") expect(text, key).toBe("We’re");
      if (phase === "end") expect(text, key).toBe(kAnswer);
    }
  });

  test("break and garbage at the door", async () => {
    rule("door1", { fault: "break", phase: "connect" });
    rule("door2", { fault: "garbage", phase: "connect" });
    expect(await chat("door1")).toMatchObject({ status: 0, ended: "error" });
    expect(await chat("door2")).toMatchObject({ status: 0, ended: "error" });
  });

  test("invalid_json, wrong_types and invalid_utf8 spoil one piece", async () => {
    for (const fault of ["invalid_json", "wrong_types", "invalid_utf8", "garbage"] as const) rule(fault, { fault, phase: "middle" });
    const events = async (key: string) => (await chat(key)).body;
    const broken = (await events("invalid_json")).toString().split("\n\n")[2]!;
    expect(() => JSON.parse(broken.slice(6)) as unknown).toThrow();
    const odd = JSON.parse((await events("wrong_types")).toString().split("\n\n")[2]!.slice(6)) as Record<string, unknown>;
    expect(odd).toMatchObject({ object: "chat.completion.chunk", id: 7, created: "seven" });
    const bytes = await events("invalid_utf8");
    expect(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes)).toThrow();
    expect((await events("garbage")).toString()).toContain("[DONE]");
  });

  test("split_utf8 cuts inside characters and changes nothing", async () => {
    rule("split", { fault: "split_utf8" });
    const received = await chat("split");
    expect(textOf(received)).toBe(kAnswer);
    const isCut = received.writes.some((piece) => piece.length > 0 && piece.at(-1)! >= 0xc0);
    expect(isCut).toBe(true);
  });

  test("slow_drip takes its time", async () => {
    rule("drip", { fault: "slow_drip", phase: "first", piece_ms: 80 });
    const received = await chat("drip", 10_000);
    expect(textOf(received)).toBe(kAnswer);
    expect(received.ms).toBeGreaterThan(700);
    expect(received.writes.length).toBeGreaterThan(30);
  });

  test("endless goes on until the client goes", async () => {
    rule("endless", { fault: "endless" });
    const received = await chat("endless", 500);
    expect(received.ended).toBe("waiting");
    expect(received.writes.length).toBeGreaterThan(50);
    await expect.poll(() => emulator.state("endless").open_requests).toBe(0);
  });

  test("answer_twice says all of it again", async () => {
    rule("twice", { fault: "answer_twice" });
    expect(textOf(await chat("twice"))).toBe(kAnswer + kAnswer);
  });

  test("odd_byte, wav_header and text_for_binary spoil sound", async () => {
    rule("odd", { fault: "odd_byte" });
    rule("wav", { fault: "wav_header" });
    rule("text", { fault: "text_for_binary", phase: "first" });
    const plain = (await speech("plain")).body;
    const odd = (await speech("odd")).body;
    expect(odd.length).toBe(plain.length + 1);
    expect(odd.subarray(0, plain.length)).toEqual(plain);
    const headed = (await speech("wav")).body;
    expect(headed.toString("latin1", 0, 4)).toBe("RIFF");
    expect(headed.subarray(44)).toEqual(plain);
    expect((await speech("text")).body.toString("latin1")).toMatch(/^<html>/);
  });

  test("a rule holds as often as it says, and only for its key and part", async () => {
    rule("some", { fault: "server_error", part: "llm", times: 2 });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await chat("some")).status);
    expect(statuses).toEqual([500, 500, 200]);
    expect((await chat("another")).status).toBe(200);
    rule("onlytts", { fault: "server_error", part: "tts" });
    expect((await chat("onlytts")).status).toBe(200);
    expect((await speech("onlytts")).status).toBe(500);
  });

  test("latencies are kept", async () => {
    rule("slow", { latency_ms: 250, piece_ms: 20 });
    const { ms } = await chat("slow");
    expect(ms).toBeGreaterThanOrEqual(250 + 9 * 20 - 20);
  });
});

/** A brain's socket, since its messages are the simplest. */
async function brain(key: string) {
  const socket = new WebSocket(emulator.url("brain", "ws"), ["parley-brain.1"], { headers: { authorization: `Bearer ${key}` } });
  const frames: { data: Buffer; binary: boolean }[] = [];
  let code: number | undefined;
  const errors: string[] = [];
  socket.on("message", (data: Buffer, binary) => frames.push({ data, binary }));
  socket.on("close", (closed) => (code = closed));
  socket.on("error", (error) => errors.push(error.message));
  const opened = await new Promise<boolean>((resolve) => {
    socket.once("open", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  const ask = (turn: number) => socket.send(JSON.stringify({ type: "turn", turn, input: { kind: "speech", text: "what are your opening hours" } }));
  const texts = () => frames.map(({ data }) => data.toString()).filter((text) => text.includes('"text"'));
  return { socket, opened, frames, errors, ask, texts, code: () => code };
}

describe("over a WebSocket", () => {
  test("without a rule a turn is answered, and again on the same socket", async () => {
    const { socket, ask, frames } = await brain("w-plain");
    expect(socket.protocol).toBe("parley-brain.1");
    for (const turn of [1, 2]) {
      ask(turn);
      await expect.poll(() => frames.at(-1)?.data.toString() ?? "").toMatch(new RegExp(`"end","usage".*"turn":${turn}`));
    }
    expect(emulator.state("w-plain")).toMatchObject({ websockets: 1, open_websockets: 1 });
    socket.close();
    await expect.poll(() => emulator.state("w-plain").open_websockets).toBe(0);
  });

  test("break, close_early and half_open in the middle", async () => {
    for (const fault of ["break", "close_early", "half_open"] as const) rule(`w-${fault}`, { fault, phase: "middle" });
    const broken = await brain("w-break");
    broken.ask(1);
    await expect.poll(broken.code).toBe(1006);
    expect(broken.texts()).toHaveLength(1);
    const closed = await brain("w-close_early");
    closed.ask(1);
    await expect.poll(closed.code).toBe(1000);
    const half = await brain("w-half_open");
    half.ask(1);
    let pongs = 0;
    half.socket.on("pong", () => pongs++);
    await expect.poll(() => half.texts().length).toBe(1);
    half.socket.ping();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([pongs, half.code(), half.texts().length]).toEqual([0, undefined, 1]);
    half.socket.terminate();
  });

  test("text becomes binary, invalid, wrong, doubled or split", async () => {
    for (const fault of ["text_for_binary", "invalid_json", "wrong_types", "answer_twice", "split_utf8"] as const) rule(`w-${fault}`, { fault });
    const binary = await brain("w-text_for_binary");
    binary.ask(1);
    await expect.poll(() => binary.frames.some((frame) => frame.binary)).toBe(true);
    const invalid = await brain("w-invalid_json");
    invalid.ask(1);
    await expect.poll(() => invalid.frames.length).toBeGreaterThan(5);
    expect(() => JSON.parse(invalid.frames[1]!.data.toString()) as unknown).toThrow();
    const wrong = await brain("w-wrong_types");
    wrong.ask(1);
    await expect.poll(() => wrong.frames.length).toBeGreaterThan(5);
    expect(JSON.parse(wrong.frames[1]!.data.toString())).toEqual({ type: "text", text: 7, turn: "seven" });
    const twice = await brain("w-answer_twice");
    twice.ask(1);
    await expect.poll(() => twice.frames.filter(({ data }) => data.includes('"end"')).length).toBe(2);
    const split = await brain("w-split_utf8");
    split.ask(1);
    await expect.poll(() => split.frames.length).toBeGreaterThan(5);
    expect(split.texts()[0]).toContain("We’re");
    for (const { socket } of [binary, invalid, wrong, twice, split]) socket.close();
  });

  test("invalid UTF-8 makes a client close", async () => {
    rule("w-utf8", { fault: "invalid_utf8" });
    const { ask, errors } = await brain("w-utf8");
    ask(1);
    await expect.poll(() => errors.join()).toContain("UTF-8");
  });

  test("error faults are said at the door, or in the middle by their code", async () => {
    expect((await brain("bad-brain")).errors).toEqual(["Unexpected server response: 401"]);
    rule("w-busy", { fault: "overload", phase: "middle" });
    const { ask, frames, socket } = await brain("w-busy");
    ask(4);
    await expect.poll(() => frames.at(-1)?.data.toString() ?? "").toContain('"code":"overloaded"');
    expect(frames.at(-1)!.data.toString()).toContain('"turn":4');
    socket.close();
  });
});

describe("the program's edges", () => {
  test("rules and state over the control port", async () => {
    const { control } = emulator.addresses;
    const add = (body: unknown) => fetch(`${control}/rules`, { method: "POST", body: JSON.stringify(body) });
    expect((await add({ vendor: "openai", key: "remote", part: "llm", fault: "overload" })).status).toBe(200);
    expect((await chat("remote")).status).toBe(503);
    const refused = await add({ vendor: "openai", key: "remote", part: "llm", fault: "flood" });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain("fault is one of");
    const state = (await (await fetch(`${control}/state?key=remote`)).json()) as { entries: Record<string, unknown>[] };
    expect(state.entries).toHaveLength(1);
    expect(state.entries[0]).toMatchObject({ vendor: "openai", part: "llm", fault: "overload", status: 503, body: { stream: true } });
    expect(JSON.stringify(state.entries[0]!["headers"])).not.toContain("remote");
    await fetch(`${control}/rules?key=remote`, { method: "DELETE" });
    expect((await chat("remote")).status).toBe(200);
  });

  test("HTTP/2 over TLS, with faults", async () => {
    const session = connect(emulator.url("openai", "https"), { ca: readFileSync(emulator.addresses.ca) });
    session.on("error", () => undefined);
    const ask = (key: string) =>
      new Promise<{ status: number; body: Buffer; ended: boolean }>((resolve) => {
        const stream = session.request({ ":method": "POST", ":path": "/v1/audio/speech", authorization: `Bearer ${key}` });
        const pieces: Buffer[] = [];
        let status = 0;
        let ended = false;
        stream.on("response", (headers) => (status = Number(headers[":status"])));
        stream.on("data", (piece: Buffer) => pieces.push(piece));
        stream.on("end", () => (ended = true));
        stream.on("error", () => (ended = false));
        stream.on("close", () => resolve({ status, body: Buffer.concat(pieces), ended }));
        stream.end(JSON.stringify({ model: "tts-1", voice: "nova", input: "hello there", response_format: "pcm" }));
      });
    const good = await ask("two");
    expect(good.status).toBe(200);
    expect(pcmSamples(good.body).some((sample) => Math.abs(sample) > 1000)).toBe(true);
    expect(emulator.state("two").entries[0]!.http_version).toBe("2.0");
    rule("two-broken", { fault: "break" });
    const broken = await ask("two-broken");
    expect(broken.body.length).toBeLessThan(good.body.length);
    await expect.poll(() => session.destroyed).toBe(true);
  });
});
