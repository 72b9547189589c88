// How a failing vendor is left, waited for and come back to, as it is seen from outside.
import { afterAll, beforeAll, describe, test } from "vitest";
import { adaptersOf, kAdapters } from "./faults/adapters.js";
import { agentOf, converse, kAnswer, kHeard } from "./faults/call.js";
import { type AgentFile, AgentServer, type VendorCall } from "./support/agent_server.js";
import { Conversation } from "./support/conversation.js";
import { Emulation } from "./support/emulation.js";
import { kModels, kRecognisers, kVoices } from "./support/choices.js";
import { timeline, voicedMs } from "./support/sound.js";
import { ExotelCaller } from "../e2e/support/exotel.js";

let emulation: Emulation;
beforeAll(async () => {
  emulation = await Emulation.start();
});
afterAll(() => emulation?.stop());

const adapter = (part: string, name: string) => kAdapters.find((one) => one.part === part && one.name === name)!;
const kinds = (call: VendorCall) => call.events.map((event) => event.kind).filter((kind) => kind.startsWith("vendor_"));

async function withServer<T>(key: string, agent: AgentFile, use: (server: AgentServer) => Promise<T>): Promise<T> {
  const server = await AgentServer.start(emulation, key, agent);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

/** A call of one turn. */
async function oneTurn(server: AgentServer): Promise<VendorCall> {
  const caller = await ExotelCaller.dial(`${server.server.ws}/media`, { pieceMs: 100 });
  await converse(emulation, caller);
  await caller.hangUp();
  return server.callOf(caller.streamId);
}

describe.concurrent("failover", () => {
  test("a vendor that refuses is not asked again for a while, and serves again when it is well", async ({ expect }) => {
    const { choice, fallback } = adapter("llm", "openai");
    await emulation.rule({ vendor: "openai", key: "circuit", part: "llm", fault: "bad_key" });
    await withServer("circuit", agentOf("llm", { ...choice, fallbacks: [fallback] }), async (server) => {
      const asked = async () => (await emulation.state("circuit")).entries.filter((one) => one.vendor === "openai" && one.method === "POST").length;
      const first = await oneTurn(server);
      expect(kinds(first)).toEqual(["vendor_failed", "vendor_switched"]);
      expect(await asked()).toBe(1);
      const second = await oneTurn(server);
      expect(kinds(second)).toEqual(["vendor_circuit_open", "vendor_switched"]);
      expect(second.turns[0]!.agentHeard).toBe(kAnswer);
      expect(await asked(), "requests while the circuit is open").toBe(1);
      await fetch(`${emulation.addresses.control}/rules?key=circuit`, { method: "DELETE" });
      // The wait is 15 s; each call takes some of it.
      for (let calls = 0; calls < 12; ++calls) {
        const call = await oneTurn(server);
        if (!kinds(call).includes("vendor_circuit_open")) {
          expect(call.usage.filter((row) => row.part === "llm").map((row) => row.vendor)).toEqual(["openai"]);
          return;
        }
      }
      expect.fail("the vendor was never asked again");
    });
  }, 90_000);

  test("a recogniser that hears nothing is found out at the second utterance, which is not lost", async ({ expect }) => {
    await emulation.rule({ vendor: "deepgram", key: "deaf", part: "stt", fault: "never_first_piece" });
    // The second choice is to answer, however busy the machine is.
    const patient = { ...kRecognisers.sarvam, options: { final_ms: "10000" } };
    const agent = agentOf("stt", { ...kRecognisers["deepgram nova"], fallbacks: [patient] });
    agent.turn_taking = { endpointing: "300ms", transcript_deadline: "20s", reply_deadline: "8s" };
    await withServer("deaf", agent, async (server) => {
      const conversation = await Conversation.dial(emulation, server, { pieceMs: 100 });
      await conversation.say("what are your opening hours");
      await conversation.ask("tell me about your services");
      const call = await conversation.hangUp();
      expect(kinds(call)).toEqual(["vendor_deaf", "vendor_switched"]);
      expect(call.turns.map((turn) => turn.callerText).join(" ")).toMatch(/tell me about your services/i);
    });
  });

  test("the only choice is asked again when it has said to", async ({ expect }) => {
    await emulation.rule({ vendor: "openai", key: "again", part: "llm", fault: "rate_limit", times: 1 });
    await withServer("again", agentOf("llm", kModels.openai), async (server) => {
      const call = await oneTurn(server);
      expect(kinds(call)).toEqual(["vendor_failed", "vendor_retrying"]);
      expect(call.turns[0]!.agentHeard).toBe(kAnswer);
      const asked = (await emulation.state("again")).entries.filter((one) => one.method === "POST");
      expect(asked).toHaveLength(2);
      const waited = asked[1]!.at_ms - asked[0]!.at_ms;
      expect(waited, "ms between the tries").toBeGreaterThanOrEqual(290);
      expect(waited).toBeLessThan(1_500);
    });
  });

  for (const { name } of adaptersOf("stt")) {
    test(`what was said before ${name} broke is in the transcript of the next one`, async ({ expect }) => {
      const { choice, fallback } = adapter("stt", name);
      const key = `replay-${name.replace(" ", "-")}`;
      await emulation.rule({ vendor: choice.provider, key, part: "stt", fault: "break", phase: "first" });
      await withServer(key, agentOf("stt", { ...choice, fallbacks: [fallback] }), async (server) => {
        const conversation = await Conversation.dial(emulation, server, { pieceMs: 100 });
        await conversation.ask("tell me about your services");
        const call = await conversation.hangUp();
        expect(kinds(call)).toEqual(["vendor_failed", "vendor_switched"]);
        expect(call.turns[0]!.callerText.toLowerCase().replace(/[.?!]$/, "")).toBe("tell me about your services");
      });
    });
  }

  for (const phase of ["middle", "end"] as const) {
    test(`a sentence whose voice breaks off at its ${phase} is spoken to its end, once`, async ({ expect }) => {
      const sentence = "My number is one two three four five six seven eight.";
      const agent = (fallbacks: object): AgentFile => ({
        ...agentOf("tts", { ...kVoices["elevenlabs ws"], ...fallbacks }),
        script: { first_stage: "start", fallback: "What?", stages: { start: { rules: [{ patterns: [kHeard], reply: sentence }] } } },
      });
      const spoken = async (key: string) =>
        withServer(key, agent({ fallbacks: [kVoices["sarvam ws"]] }), async (server) => {
          const caller = await ExotelCaller.dial(`${server.server.ws}/media`, { pieceMs: 100 });
          await converse(emulation, caller, { quietMs: 1_000 });
          await caller.hangUp();
          return { call: await server.callOf(caller.streamId), ms: voicedMs(timeline(caller.heard, caller.sampleRate), caller.sampleRate) };
        });
      await emulation.rule({ vendor: "elevenlabs", key: `rest-${phase}`, part: "tts", fault: "break", phase });
      const [whole, mended] = await Promise.all([spoken(`whole-${phase}`), spoken(`rest-${phase}`)]);
      expect(kinds(whole.call)).toEqual([]);
      expect(kinds(mended.call).slice(0, 1)).toEqual(["vendor_failed"]);
      expect(mended.call.turns[0]!.agentHeard).toBe(sentence);
      // The word in which it broke off is said again, and no more than that.
      expect(mended.ms - whole.ms, `${mended.ms} ms in place of ${whole.ms} ms`).toBeGreaterThan(-200);
      expect(mended.ms - whole.ms, `${mended.ms} ms in place of ${whole.ms} ms`).toBeLessThan(900);
    });
  }
});
