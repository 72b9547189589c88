// Sockets to vendors: open before they are needed, gone when they are not.
import { readdirSync, readlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AgentServer } from "./support/agent_server.js";
import { type Choice, kModels, kRecognisers, kVoices } from "./support/choices.js";
import { Conversation } from "./support/conversation.js";
import { Emulation, type JournalState } from "./support/emulation.js";

let emulation: Emulation;
beforeAll(async () => {
  emulation = await Emulation.start();
});
afterAll(() => emulation?.stop());

function openSockets(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith("socket:");
    } catch {
      return false; // it closed while we looked
    }
  }).length;
}

const open = (state: JournalState, part: string) => state.entries.filter((entry) => entry.part === part && entry.method === "WS" && entry.state === "open").length;

describe.concurrent("sockets are open before the caller's first words", () => {
  // Voices over HTTP and chat models have connections in place of sockets with a key.
  const recognisers = Object.entries(kRecognisers).map(([name, stt]) => [name, { stt }, "stt"] as const);
  const voices = (["elevenlabs ws", "sarvam ws", "deepgram ws"] as const).map((name) => [`voice ${name}`, { tts: kVoices[name] }, "tts"] as const);
  const brain = ["brain", { llm: kModels.brain }, "llm"] as const;
  const realtime = ["realtime", { kind: "realtime", sts: { provider: "openai", model: "gpt-realtime-2" } }, "sts"] as const;

  test.each([...recognisers, ...voices, brain, realtime] as unknown as [string, Record<string, Choice | string>, string][])("%s", async (name, parts, part) => {
    const key = `warm-${name.replaceAll(" ", "-")}`;
    const choices = "kind" in parts ? {} : { stt: kRecognisers["deepgram nova"], llm: kModels.openai, tts: kVoices["openai"] };
    const agent = await AgentServer.start(emulation, key, { ...choices, ...parts });
    try {
      const conversation = await Conversation.dial(emulation, agent);
      await emulation.until(key, (state) => open(state, part) >= 1, `an open ${part} socket`);
      expect(conversation.caller.isClosed).toBe(false);
      await conversation.hangUp();
    } finally {
      await agent.stop();
    }
  });

  test("connections of chat models and voices over HTTP", async () => {
    // An emulation of its own: connections bear no key.
    const alone = await Emulation.start();
    const agent = await AgentServer.start(alone, "warm-http", { stt: kRecognisers["deepgram nova"], llm: kModels.gemini, tts: kVoices["elevenlabs http"] });
    try {
      const conversation = await Conversation.begin(alone, agent);
      const before = await alone.until("warm-http", ({ connections }) => (connections["gemini"] ?? 0) >= 1 && (connections["elevenlabs"] ?? 0) >= 1, "connections");
      await conversation.ask("what are your opening hours");
      const after = await alone.state("warm-http");
      expect(after.connections["gemini"]).toBe(before.connections["gemini"]);
      await conversation.hangUp();
    } finally {
      await agent.stop();
      await alone.stop();
    }
  });
});

describe.concurrent("after calls with interruptions nothing is left but the warm pool", () => {
  const sets = [
    ["deepgram, openai, elevenlabs ws", { stt: kRecognisers["deepgram nova"], llm: kModels.openai, tts: kVoices["elevenlabs ws"] }],
    ["flux, gemini, sarvam ws", { stt: kRecognisers["deepgram flux"], llm: kModels.gemini, tts: kVoices["sarvam ws"] }],
    ["sarvam, brain, deepgram ws", { stt: kRecognisers.sarvam, llm: kModels.brain, tts: kVoices["deepgram ws"] }],
    ["sarvam realtime, ollama, openai", { stt: kRecognisers["sarvam realtime"], llm: kModels.ollama, tts: kVoices.openai }],
    ["openai, openai, deepgram http", { stt: kRecognisers.openai, llm: kModels.openai, tts: kVoices["deepgram http"] }],
    ["realtime", { kind: "realtime" as const, sts: { provider: "openai", model: "gpt-realtime-2" } }],
  ] as const;

  test.each(sets)("%s", async (name, parts) => {
    const key = `leak-${name.replaceAll(/[ ,]+/g, "-")}`;
    // One event loop, so that pools are not per thread.
    const agent = await AgentServer.start(emulation, key, { ...parts }, { env: { PARLEY_SHARDS: "1" } });
    const round = async () => {
      const calls = await Promise.all([0, 1].map(() => Conversation.begin(emulation, agent)));
      await Promise.all(calls.map((call) => call.askAndInterrupt("tell me about your services", 600, "what are your opening hours")));
      // One says goodbye by hanging up in the middle of an answer, the other is simply gone.
      await Promise.all(calls.map((call) => call.say("tell me about your services")));
      const place = calls.map((call) => call.caller.received.length);
      await Promise.all(calls.map((call, i) => call.caller.agentSpeaks(place[i])));
      calls[0]!.caller.drop();
      await calls[1]!.caller.hangUp();
      for (const call of calls) await agent.callOf(call.caller.streamId);
    };
    const settled = async () => {
      // Recognisers, replies and realtime sessions end with their call; pooled voices and brains stay.
      const state = await emulation.until(key, (one) => open(one, "stt") + open(one, "sts") + one.open_requests === 0, "the end of the calls' own sockets", 12_000);
      return { voices: open(state, "tts"), brains: open(state, "llm"), fds: openSockets(agent.server.pid) };
    };
    try {
      await round();
      const first = await settled();
      await round();
      await round();
      const last = await settled();
      expect(last.voices).toBeLessThanOrEqual(Math.max(first.voices, 4));
      expect(last.brains).toBeLessThanOrEqual(Math.max(first.brains, 4));
      // A connection more or less of a pool: no growth by call, of which there were four more.
      expect(last.fds - first.fds).toBeLessThanOrEqual(2);
      expect((await agent.server.metrics()).value("parley_calls_active")).toBe(0);
    } finally {
      await agent.stop();
    }
    const after = await emulation.until(key, (one) => one.open_websockets === 0 && one.open_requests === 0, "the end of all sockets");
    expect(after.open_websockets).toBe(0);
  }, 120_000);
});
