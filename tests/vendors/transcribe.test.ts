// Recordings written down after the call by each vendor, by itself where an agent wants it and by hand.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runParley } from "../e2e/support/server.js";
import { wavHeader } from "../emulators/core/audio.js";
import { AgentServer, type TranscriptSegment, type UsageRow } from "./support/agent_server.js";
import { kModels, kRecognisers, kVoices } from "./support/choices.js";
import { Conversation } from "./support/conversation.js";
import { Emulation } from "./support/emulation.js";
import { bundledPrices, costOf } from "./support/prices.js";

const kTranscribers = [
  { provider: "deepgram", model: "nova-3" },
  { provider: "openai", model: "gpt-4o-transcribe" },
  { provider: "openai", model: "whisper-1" },
  { provider: "sarvam", model: "saarika:v2.5" },
];
const words = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N} ]/gu, "").trim();

let emulation: Emulation;
let directory: string;
beforeAll(async () => {
  emulation = await Emulation.start();
  directory = mkdtempSync(join(tmpdir(), "parley-transcribe-"));
});
afterAll(async () => {
  await emulation?.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe.concurrent("after the call", () => {
  test.each(kTranscribers)("the recording is written down by $provider $model", async (transcribe) => {
    const key = `file-${transcribe.provider}-${transcribe.model}`;
    const agent = await AgentServer.start(emulation, key, { stt: kRecognisers["deepgram nova"], llm: kModels.openai, tts: kVoices["elevenlabs ws"], recording: { transcribe } });
    try {
      const conversation = await Conversation.begin(emulation, agent);
      await conversation.ask("what are your opening hours");
      await conversation.ask("tell me the weather today");
      await conversation.caller.hangUp();
      // The books follow the transcript.
      const booked = (one: UsageRow) => one.part === "stt" && one.turn === 0 && one.vendor === transcribe.provider && one.model === transcribe.model;
      const call = await agent.callOf(conversation.caller.streamId, (one) => one.recordingTranscript !== null && one.usage.some(booked));
      const transcript = call.recordingTranscript!;
      expect(transcript).toMatchObject({ vendor: transcribe.provider, model: transcribe.model, error: "" });
      const caller = transcript.segments.filter(({ channel }) => channel === "caller");
      expect(words(caller.map(({ text }) => text).join(" "))).toBe("what are your opening hours tell me the weather today");
      // Both sides on the recording's own clock, in order.
      const starts = transcript.segments.map(({ start }) => start);
      expect(starts).toEqual([...starts].sort((a, b) => a - b));
      for (const { start, end } of transcript.segments) {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(call.recording!.durationMs / 1000 + 0.5);
      }
      // It is where the call heard the caller begin.
      const turn = call.turns[1] as (typeof call.turns)[number] & { startMs: number };
      expect(Math.abs(caller[0]!.start - turn.startMs / 1000)).toBeLessThan(0.4);
      // It is in the books, beside what the live recogniser used.
      const row = call.usage.find(booked)!;
      expect(row.cost!.amount).toBeCloseTo(costOf(await bundledPrices(), row)!.amount, 5);
    } finally {
      await agent.stop();
    }
  });

  test("a vendor that refuses is named in the call's log, with what to do", async () => {
    const key = "file-refused";
    await emulation.rule({ vendor: "sarvam", key, part: "stt", fault: "no_credit" });
    const agent = await AgentServer.start(emulation, key, { stt: kRecognisers["deepgram nova"], llm: kModels.openai, tts: kVoices["elevenlabs ws"], recording: { transcribe: kTranscribers[3] } });
    try {
      const conversation = await Conversation.begin(emulation, agent);
      await conversation.ask("what are your opening hours");
      await conversation.caller.hangUp();
      const call = await agent.callOf(conversation.caller.streamId, (one) => one.recordingTranscript !== null);
      expect(call.recordingTranscript!.error).toMatch(/sarvam.*credit/is);
      expect(call.recordingTranscript!.segments).toEqual([]);
      expect(call.status).toBe("completed");
    } finally {
      await agent.stop();
    }
  });
});

describe.concurrent("parley transcribe", () => {
  async function recording(name: string): Promise<string> {
    const phrases = await Promise.all(["what are your opening hours", "tell me the weather today"].map((phrase) => emulation.speak(phrase)));
    const pause = new Int16Array(8000);
    const sound = Buffer.concat([pause, phrases[0]!, pause, phrases[1]!, pause].map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
    const file = join(directory, name);
    writeFileSync(file, Buffer.concat([wavHeader(8000, sound.length), sound]));
    return file;
  }

  test.each(kTranscribers)("by $provider $model, as text and as JSON", async ({ provider, model }) => {
    const file = await recording(`${provider}-${model.replace(":", "-")}.wav`);
    const env = emulation.environment(`hand-${provider}-${model}`);
    const asJson = await runParley(["transcribe", file, "--provider", provider, "--model", model, "--language", "en-IN", "-o", "json"], { env });
    expect(asJson.code, asJson.stderr).toBe(0);
    const { segments } = JSON.parse(asJson.stdout) as { segments: TranscriptSegment[] };
    expect(words(segments.map(({ text }) => text).join(" "))).toBe("what are your opening hours tell me the weather today");
    const asText = await runParley(["transcribe", file, "--provider", provider, "--model", model], { env });
    expect(asText.code, asText.stderr).toBe(0);
    expect(words(asText.stdout)).toContain("what are your opening hours");
  });

  test("a bad key is named by its setting, an unknown provider by what there is", async () => {
    const file = await recording("bad.wav");
    const bad = await runParley(["transcribe", file, "--provider", "deepgram"], { env: emulation.environment("bad-key") });
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain("DEEPGRAM_API_KEY");
    const nobody = await runParley(["transcribe", file, "--provider", "nobody"], { env: emulation.environment("k") });
    expect(nobody.code).not.toBe(0);
    expect(nobody.stderr).toMatch(/deepgram.*openai.*sarvam/);
  });
});
