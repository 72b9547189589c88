// An agent that is one voice model: OpenAI Realtime over TLS, with the server's own interruption, tools and books.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rms } from "../e2e/support/wav.js";
import { AgentServer } from "./support/agent_server.js";
import { Conversation } from "./support/conversation.js";
import { Emulation } from "./support/emulation.js";
import { bundledPrices, costOf } from "./support/prices.js";
import { holes, likeness, timeline } from "./support/sound.js";
import { ToolServer } from "./support/tool_server.js";

const kModel = { provider: "openai", model: "gpt-realtime-2", voice: "marin" };
const words = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N} ]/gu, "").trim();

let emulation: Emulation;
beforeAll(async () => {
  emulation = await Emulation.start();
});
afterAll(() => emulation?.stop());

type ClientEvent = { type: string; audio_end_ms?: number; item_id?: string; session?: Record<string, unknown>; item?: { type?: string; output?: string } };

async function sentToModel(key: string): Promise<ClientEvent[]> {
  const { entries } = await emulation.state(key);
  return entries.filter((entry) => entry.part === "sts").flatMap((entry) => entry.messages as ClientEvent[]);
}

describe.concurrent("a realtime agent", () => {
  test("holds a conversation of three turns, is interrupted, and says goodbye", async () => {
    const agent = await AgentServer.start(emulation, "rt-talk", { kind: "realtime", sts: kModel }, { scheme: "tls" });
    try {
      const conversation = await Conversation.begin(emulation, agent);
      const { cut, answer } = await conversation.askAndInterrupt("tell me about your services", 1000, "what are your opening hours");
      const call = await conversation.goodbye();
      expect(conversation.caller.protocolErrors).toEqual([]);
      expect(call.endReason).toBe("agent hung up");
      expect(call.turns.map((turn) => [turn.inputKind, words(turn.callerText)])).toEqual([
        ["greeting", ""],
        ["speech", "tell me about your services"],
        ["speech", "what are your opening hours"],
        ["speech", "goodbye"],
      ]);
      const [greeting, services, hours, goodbye] = call.turns;
      expect(greeting!.agentHeard).toBe("Hello.");
      expect(services).toMatchObject({ interrupted: true });
      expect(services!.agentHeard.length).toBeGreaterThan(5);
      expect(services!.agentHeard.length).toBeLessThan(120);
      expect(hours).toMatchObject({ interrupted: false, agentHeard: "We’re open from nine to five. Please come any day." });
      expect(goodbye!.agentHeard).toBe("Thank you for calling. Goodbye.");

      // It sounds as it should.
      const sound = timeline(answer, 8000);
      expect(rms(sound)).toBeGreaterThan(300);
      expect(holes(sound, 8000)[1] ?? 0).toBeLessThanOrEqual(250);
      expect(likeness(sound, await emulation.speak("We’re open from nine to five. Please come any day."), 8000)).toBeGreaterThan(0.92);

      // The model's memory is cut where the caller interrupted.
      const truncate = (await sentToModel("rt-talk")).filter((event) => event.type === "conversation.item.truncate");
      expect(truncate).toHaveLength(1);
      const heardMs = cut.reduce((sum, piece) => sum + (piece.to - piece.from), 0);
      expect(Math.abs(truncate[0]!.audio_end_ms! - heardMs)).toBeLessThan(300);
      expect(call.events.map((event) => event.kind)).toContain("barge_in");
    } finally {
      await agent.stop();
    }
  });

  test("uses the agent's tools and tells the result", async () => {
    const tools = await ToolServer.start(() => ({ table: "seven" }));
    const agent = await AgentServer.start(emulation, "rt-tools", { kind: "realtime", sts: kModel, tools: [tools.bookTable()] }, { scheme: "tls" });
    try {
      const conversation = await Conversation.begin(emulation, agent);
      await conversation.ask("please book a table for me", 1500);
      const call = await conversation.hangUp();
      expect(tools.requests).toHaveLength(1);
      expect(tools.requests[0]).toMatchObject({ method: "POST", body: { name: "Asha" } });
      expect(call.turns[1]!.agentHeard).toMatch(/It’s done. The answer is table seven/);
      expect(call.events.filter((event) => event.kind === "tool").map((event) => event.detail)).toEqual([expect.stringMatching(/^book_table in \d+ ms$/)]);
      const outputs = (await sentToModel("rt-tools")).filter((event) => event.item?.type === "function_call_output");
      expect(outputs.map((event) => event.item!.output)).toEqual([expect.stringContaining("seven")]);
    } finally {
      await agent.stop();
      await tools.stop();
    }
  });

  test("is in the books with tokens of text and of sound, at the table's prices", async () => {
    const agent = await AgentServer.start(emulation, "rt-cost", { kind: "realtime", sts: kModel }, { scheme: "tls" });
    try {
      const conversation = await Conversation.begin(emulation, agent);
      await conversation.ask("what are your opening hours");
      const call = await conversation.hangUp();
      // Who speaks when is decided by the server, as with all other agents.
      const update = (await sentToModel("rt-cost")).find((event) => event.type === "session.update");
      expect(update?.session).toMatchObject({ type: "realtime", audio: { input: { turn_detection: null } } });
      const prices = await bundledPrices();
      const rows = call.usage.filter((row) => row.part === "sts" && row.vendor === "openai");
      expect(rows.length).toBeGreaterThanOrEqual(2); // the greeting and the answer
      const answered = rows.find((row) => row.turn === 1)!;
      expect(answered.audioInputTokens).toBeGreaterThan(0);
      expect(answered.audioOutputTokens).toBeGreaterThan(0);
      for (const row of rows) {
        expect(row.model).toBe("gpt-realtime-2");
        expect(row.cost?.amount).toBeCloseTo(costOf(prices, row)!.amount, 5);
      }
      const total = call.cost.totals.find(({ currency }) => currency === "USD")!;
      expect(total.parts["sts"]).toBeCloseTo(rows.reduce((sum, row) => sum + row.cost!.amount, 0), 5);
    } finally {
      await agent.stop();
    }
  });
});
