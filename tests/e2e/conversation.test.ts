// What a caller experiences: greeting, turns, interruption, keys, and what the call log and the recording say of it.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CallerOptions, ExotelCaller } from "./support/exotel.js";
import { recordingOf, Server } from "./support/server.js";
import { readWav, rms, seconds, speech } from "./support/wav.js";

describe.concurrent("a call with the bench agent", () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start({ agent: "bench" });
  });
  afterAll(() => server.stop());

  const dial = (options: CallerOptions = {}) => ExotelCaller.dial(`${server.ws}/media`, options);

  test("the agent speaks first, with the greeting in the log as turn 0", async () => {
    const caller = await dial();
    await caller.agentSpeaks();
    await caller.agentFinished();
    await caller.hangUp();
    expect(caller.protocolErrors).toEqual([]);
    const call = await server.callOfStream(caller.streamId);
    expect(call.status).toBe("completed");
    expect(call.endReason).toBe("caller hung up");
    expect(call.turns[0]).toMatchObject({ number: 0, inputKind: "greeting", interrupted: false });
    expect(call.turns[0]!.agentHeard).toBe(call.turns[0]!.agentText);
  });

  test("each utterance of the caller gets one answer", async () => {
    const caller = await dial();
    await caller.agentFinished();
    for (let turn = 1; turn <= 2; ++turn) {
      const before = caller.received.length;
      await caller.say(speech("book_appointment"));
      await caller.agentSpeaks(before);
      await caller.agentFinished();
    }
    await caller.hangUp();
    expect(caller.protocolErrors).toEqual([]);
    const call = await server.callOfStream(caller.streamId);
    expect(call.turns.map((turn) => turn.number)).toEqual([0, 1, 2]);
    for (const turn of call.turns.slice(1)) {
      expect(turn.inputKind).toBe("speech");
      expect(turn.callerText).not.toBe("");
      expect(turn.agentHeard).toBe(turn.agentText);
    }
  });

  test("an interrupted agent falls silent and the log holds only what was heard", async () => {
    const caller = await dial();
    await caller.agentFinished();
    let before = caller.received.length;
    await caller.say(speech("yes_please"));
    await caller.agentSpeaks(before);
    const heardBefore = caller.heardMs;
    await caller.until(() => caller.heardMs > heardBefore + 300, 5_000, "300 ms of the answer");
    before = caller.received.length;
    const spoken = caller.say(speech("book_appointment"));
    const clear = await caller.waitFor("clear", before);
    // Nothing of the old answer is sent after the clear; the next audio answers the interruption.
    await spoken;
    expect(caller.agentIsAudible).toBe(false);
    const next = await caller.agentSpeaks(caller.received.indexOf(clear) + 1);
    expect(next.at).toBeGreaterThan(clear.at + 500);
    await caller.agentFinished();
    await caller.hangUp();
    expect(caller.protocolErrors).toEqual([]);

    const call = await server.callOfStream(caller.streamId);
    const cut = call.turns[1]!;
    expect(cut.interrupted).toBe(true);
    expect(cut.agentText.startsWith(cut.agentHeard)).toBe(true);
    expect(cut.agentHeard.length).toBeLessThan(cut.agentText.length);
    expect(call.turns[2]).toMatchObject({ interrupted: false, inputKind: "speech" });
    expect(call.events.map((event) => event.kind)).toContain("barge_in");
  });

  test("keys are logged, and 0 asks for a human", async () => {
    const caller = await dial();
    await caller.agentFinished();
    caller.dtmf("5");
    await caller.agentFinished(1_000);
    caller.dtmf("0");
    await caller.agentFinished(1_000);
    await caller.hangUp();
    const call = await server.callOfStream(caller.streamId);
    const keys = call.events.filter((event) => event.kind === "dtmf");
    expect(keys.map((event) => event.detail).join(" ")).toMatch(/5.*0/);
    expect(call.events.map((event) => event.kind)).toContain("escalation_requested");
    expect(call.escalationRequested).toBe(true);
  });

  test("the recording has the caller left and the agent right and lasts as long as the call", async () => {
    const caller = await dial();
    await caller.agentFinished();
    const before = caller.received.length;
    await caller.say(speech("book_appointment"));
    await caller.agentSpeaks(before);
    await caller.agentFinished();
    await caller.hangUp();
    const call = await server.callOfStream(caller.streamId, (it) => it.recording?.complete === true);
    const wav = readWav(join(server.dataDir, recordingOf(call)));
    expect(wav.sampleRate).toBe(8000);
    expect(wav.channels).toHaveLength(2);
    expect(rms(wav.channels[0]!)).toBeGreaterThan(100);
    expect(rms(wav.channels[1]!)).toBeGreaterThan(100);
    expect(Math.abs(seconds(wav) * 1000 - caller.sentMediaMs)).toBeLessThan(300);
    expect(Math.abs(seconds(wav) * 1000 - call.recording!.durationMs)).toBeLessThan(50);
  });

  const variants: [string, CallerOptions, number][] = [
    ["numbers as integers", { numbers: "integers" }, 8000],
    ["camelCase keys", { keys: "camel" }, 8000],
    ["100 ms pieces", { pieceMs: 100 }, 8000],
    ["200 ms pieces", { pieceMs: 200 }, 8000],
    ["16 kHz", { sampleRate: 16_000 }, 16_000],
    ["24 kHz", { sampleRate: 24_000, numbers: "integers" }, 24_000],
    ['a sample rate written "16kHz"', { sampleRate: 16_000, sampleRateText: "16kHz" }, 16_000],
    ["marks that never come back", { echoMarks: false }, 8000],
    ["custom parameters", { customParameters: { lead: "42" } }, 8000],
  ];
  test.each(variants)("a stream with %s works", async (_name, options, rate) => {
    const caller = await dial(options);
    await caller.agentSpeaks();
    await caller.agentFinished();
    await caller.hangUp();
    expect(caller.protocolErrors).toEqual([]);
    const call = await server.callOfStream(caller.streamId);
    expect(call.status).toBe("completed");
    expect(call.sampleRateHz).toBe(rate);
    expect(call.turns[0]!.agentHeard).toBe(call.turns[0]!.agentText);
  });

  test("the sample rate of the address holds when start names none", async () => {
    const caller = new ExotelCaller(`${server.ws}/media?sample-rate=16000`, { sampleRate: 16_000 });
    await caller.open();
    caller.sendConnected();
    caller.sendStart({ media_format: { encoding: "base64" } });
    caller.startMedia();
    await caller.agentFinished();
    await caller.hangUp();
    expect((await server.callOfStream(caller.streamId)).sampleRateHz).toBe(16_000);
  });

  test("audio is sent at real speed with a bounded lead", async () => {
    const caller = await dial();
    await caller.agentFinished();
    const before = caller.received.length;
    await caller.say(speech("yes_please"));
    const first = await caller.agentSpeaks(before);
    await caller.agentFinished();
    await caller.hangUp();
    let sentMs = 0;
    for (const media of caller.received.slice(before).filter((it) => it.event === "media")) {
      expect(sentMs - (media.at - first.at)).toBeLessThan(1_000);
      sentMs += media.samples.length / 8;
    }
    expect(sentMs).toBeGreaterThan(1_500);
  });
});
