// The process: health, draining, sudden death and recovery.
import { join } from "node:path";
import { rmSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { ExotelCaller, Refused } from "./support/exotel.js";
import { recordingOf, Server, type ServerOptions, temporaryDirectory } from "./support/server.js";
import { readWav, rms, seconds, speech } from "./support/wav.js";

async function start(options: ServerOptions): Promise<Server> {
  const server = await Server.start(options);
  onTestFinished(() => server.stop());
  return server;
}

async function until(condition: () => Promise<boolean>, what: string, withinMs = 5_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("drain", () => {
  test("SIGTERM: running calls finish, new ones are refused, then the process ends", async () => {
    const server = await start({ agent: "bench" });
    expect((await server.get("/readyz")).status).toBe(200);
    const caller = await ExotelCaller.dial(`${server.ws}/media`);
    await caller.agentFinished();

    server.signal("SIGTERM");
    await until(async () => (await server.get("/readyz")).status === 503, "readyz to say 503");
    expect((await server.get("/healthz")).status).toBe(200);
    const refused = await ExotelCaller.dial(`${server.ws}/media`).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refused);
    expect((refused as Refused).status).toBe(503);
    expect((refused as Refused).body).toMatch(/drain|shut/i);
    expect((await server.metrics()).value("parley_calls_refused_total")).toBe(1);

    const before = caller.received.length;
    await caller.say(speech("yes_please"));
    await caller.agentSpeaks(before);
    await caller.agentFinished();
    await caller.hangUp();
    expect(await server.ended).toEqual({ code: 0, signal: null });
    const call = await server.callOfStream(caller.streamId);
    expect(call).toMatchObject({ status: "completed", endReason: "caller hung up" });
    expect(call.turns).toHaveLength(2);
  });

  test("a second SIGTERM ends the running calls now, and they are logged", async () => {
    const server = await start({ agent: "bench" });
    const caller = await ExotelCaller.dial(`${server.ws}/media`);
    await caller.agentSpeaks();
    server.signal("SIGTERM");
    await until(async () => (await server.get("/readyz")).status === 503, "readyz to say 503");
    const asked = Date.now();
    server.signal("SIGTERM");
    const closed = await caller.closed();
    expect([1000, 1001, 1012]).toContain(closed.code);
    expect((await server.ended).signal).toBeNull();
    expect(Date.now() - asked).toBeLessThan(4_000);
    const call = await server.callOfStream(caller.streamId);
    expect(call.status).not.toBe("in_progress");
    expect(call.recording?.complete).toBe(true);
  });

  test("SIGTERM without calls ends at once", async () => {
    const server = await start({ agent: "bench" });
    const asked = Date.now();
    server.signal("SIGTERM");
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(Date.now() - asked).toBeLessThan(3_000);
  });

  test("SIGINT drains too", async () => {
    const server = await start({ agent: "bench" });
    server.signal("SIGINT");
    expect((await server.ended).code).toBe(0);
  });
});

test("after kill -9 the next start closes the call as interrupted, with a playable recording", async () => {
  const directory = temporaryDirectory();
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const dataDir = join(directory, "data");
  const first = await start({ agent: "bench", dataDir });
  const caller = await ExotelCaller.dial(`${first.ws}/media`);
  await caller.agentFinished();
  const before = caller.received.length;
  await caller.say(speech("long_question"));
  await caller.agentSpeaks(before);
  const heardMs = caller.heardMs;
  await caller.until(() => caller.heardMs > heardMs + 1_000, 5_000, "some of the answer");
  const sentMs = caller.sentMediaMs;
  await first.kill();

  const second = await start({ agent: "bench", dataDir });
  const call = await second.callOfStream(caller.streamId);
  expect(call.status).toBe("interrupted");
  expect(call.turns[0]).toMatchObject({ number: 0, inputKind: "greeting" });
  expect(call.turns[1]!.callerText).not.toBe("");
  const wav = readWav(join(dataDir, recordingOf(call)));
  expect(wav.channels).toHaveLength(2);
  expect(seconds(wav) * 1000).toBeGreaterThan(sentMs - 1_000);
  expect(seconds(wav) * 1000).toBeLessThan(sentMs + 2_500);
  expect(rms(wav.channels[0]!)).toBeGreaterThan(100);
  expect(rms(wav.channels[1]!)).toBeGreaterThan(100);
  expect(Math.abs(call.recording!.durationMs - seconds(wav) * 1000)).toBeLessThan(50);

  // And the server works.
  const next = await ExotelCaller.dial(`${second.ws}/media`);
  await next.agentSpeaks();
  await next.hangUp();
  expect((await second.callOfStream(next.streamId)).status).toBe("completed");
});

test("health, metrics and unknown addresses", async () => {
  const server = await start({ agent: "bench" });
  expect((await server.get("/healthz")).status).toBe(200);
  expect((await server.get("/readyz")).status).toBe(200);
  expect((await server.get("/no/such/address")).status).toBe(404);
  // An address for streams, asked without an upgrade.
  expect((await server.get("/media")).status).toBeGreaterThanOrEqual(400);
  const metrics = await server.get("/metrics");
  expect(metrics.headers.get("content-type")).toMatch(/^text\/plain/);
  const text = await metrics.text();
  for (const name of [
    "parley_calls_active",
    "parley_turns_total",
    "parley_turn_stage_seconds",
    "parley_late_frames_total",
    "parley_loop_lag_seconds",
  ])
    expect(text).toContain(`# TYPE ${name} `);
});

test("every address that a stream may come to", async () => {
  const server = await start({ agent: "bench" });
  for (const path of ["/media", "/api/v1/telephony/exotel/stream", "/api/telephony/ws/front-desk", "/media?a=b"]) {
    const caller = await ExotelCaller.dial(server.ws + path);
    await caller.agentSpeaks();
    await caller.hangUp();
    const call = await server.callOfStream(caller.streamId);
    expect(call.status).toBe("completed");
    if (path.includes("front-desk")) expect(call.phoneId).toBe("front-desk");
  }
  await expect(ExotelCaller.dial(`${server.ws}/nowhere`)).rejects.toMatchObject({ status: 404 });
});
