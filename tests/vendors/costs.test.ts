// What a call used and cost, against what the vendors counted and the price table.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runParley } from "../e2e/support/server.js";
import { AgentServer, type VendorCall } from "./support/agent_server.js";
import { type Choice, kModels, kRecognisers, kVoices } from "./support/choices.js";
import { Conversation } from "./support/conversation.js";
import { Emulation } from "./support/emulation.js";
import { bundledPrices, costOf } from "./support/prices.js";

let emulation: Emulation;
let prices: Awaited<ReturnType<typeof bundledPrices>>;
beforeAll(async () => {
  emulation = await Emulation.start();
  prices = await bundledPrices();
});
afterAll(() => emulation?.stop());

async function callWith(key: string, parts: Record<string, Choice>, env: Record<string, string> = {}): Promise<{ call: VendorCall; text: string }> {
  const agent = await AgentServer.start(emulation, key, parts, { env });
  try {
    const conversation = await Conversation.begin(emulation, agent);
    await conversation.ask("what are your opening hours");
    await conversation.ask("hello there");
    const call = await conversation.hangUp();
    const { stdout } = await runParley(["calls", "show", call.id, "--data-dir", agent.server.dataDir]);
    return { call, text: stdout };
  } finally {
    await agent.stop();
  }
}

function expectSums(call: VendorCall): void {
  for (const total of call.cost.totals) {
    const rows = call.usage.filter((row) => row.cost?.currency === total.currency);
    expect(total.amount).toBeCloseTo(rows.reduce((sum, row) => sum + row.cost!.amount, 0), 5);
    for (const [part, amount] of Object.entries(total.parts)) {
      expect(amount, part).toBeCloseTo(rows.filter((row) => row.part === part).reduce((sum, row) => sum + row.cost!.amount, 0), 5);
    }
  }
  // The turns' own sums are of the same rows.
  for (const turn of call.turns as (VendorCall["turns"][number] & Pick<VendorCall, "cost">)[]) {
    const rows = call.usage.filter((row) => row.turn === turn.number && row.cost !== null);
    expect(turn.cost.totals.reduce((sum, one) => sum + one.amount, 0)).toBeCloseTo(rows.reduce((sum, row) => sum + row.cost!.amount, 0), 5);
  }
}

describe.concurrent("a call's books", () => {
  const sets: [string, Record<string, Choice>][] = [
    ["deepgram, openai, elevenlabs", { stt: kRecognisers["deepgram nova"], llm: kModels.openai, tts: kVoices["elevenlabs ws"] }],
    ["flux, gemini, deepgram", { stt: kRecognisers["deepgram flux"], llm: kModels.gemini, tts: kVoices["deepgram http"] }],
    ["sarvam, in rupees", { stt: kRecognisers.sarvam, llm: { provider: "sarvam", model: "sarvam-105b" }, tts: kVoices["sarvam ws"] }],
    ["openai alone", { stt: kRecognisers.openai, llm: kModels.openai, tts: kVoices.openai }],
  ];
  test.each(sets)("%s: usage by the table, parts and totals", async (name, parts) => {
    const key = `cost-${name.replaceAll(/[ ,]+/g, "-")}`;
    const { call, text } = await callWith(key, parts);
    expect(call.turns.map((turn) => turn.agentHeard)).toEqual(["Hello.", "We’re open from nine to five. Please come any day.", "Hello there. How can I help you today?"]);
    for (const part of ["stt", "llm", "tts"]) {
      const rows = call.usage.filter((row) => row.part === part);
      expect(rows.length, part).toBeGreaterThan(0);
      for (const row of rows) {
        expect(row, part).toMatchObject({ vendor: parts[part]!.provider, model: parts[part]!.model });
        const expected = costOf(prices, row);
        expect(expected, `${row.vendor} ${row.model}`).toBeDefined();
        expect(row.cost!.amount).toBeCloseTo(expected!.amount, 5);
        expect(row.cost!.currency).toBe(expected!.currency);
      }
    }
    expectSums(call);
    // What was counted is what the vendor was sent: characters by the sentences, tokens by the vendor's own count.
    const spoken = call.usage.filter((row) => row.part === "tts" && row.turn > 0).reduce((sum, row) => sum + (row.characters ?? 0), 0);
    const written = call.turns.slice(1).reduce((sum, turn) => sum + [...turn.agentText].length, 0);
    expect(Math.abs(spoken - written)).toBeLessThanOrEqual(4); // the spaces between sentences
    const answers = call.usage.filter((row) => row.part === "llm");
    expect(answers.every((row) => row.inputTokens! > 10 && row.outputTokens! >= 8)).toBe(true);
    // Sarvam's streams do not say how many tokens they were.
    expect(answers.map((row) => row.estimated)).toEqual(answers.map((row) => row.vendor === "sarvam"));
    const heard = call.usage.filter((row) => row.part === "stt").reduce((sum, row) => sum + (row.audioSeconds ?? 0), 0);
    expect(heard).toBeGreaterThan(2);
    expect(heard).toBeLessThan(call.durationMs / 1000 + 2);
    expect(call.cost.withoutAPrice.filter((unpriced) => !/carrier|exotel/.test(unpriced))).toEqual([]);
    expect(text).toMatch(/^Total \d+\.\d{4} (USD|INR) \(prices as of \d{4}-\d\d-\d\d\)$/m);
  });

  test("a model that the table does not know is counted and said to be without a price", async () => {
    const { call, text } = await callWith("cost-unknown", { stt: kRecognisers["deepgram nova"], llm: kModels.ollama, tts: kVoices["elevenlabs ws"] });
    const rows = call.usage.filter((row) => row.part === "llm");
    expect(rows[0]).toMatchObject({ vendor: "ollama", model: "llama3.2", cost: null });
    expect(rows[0]!.inputTokens).toBeGreaterThan(10);
    expect(call.cost.withoutAPrice.join()).toContain("llama3.2");
    expect(text).toMatch(/ollama\s+llama3.2\s+without a price/);
    expectSums(call);
  });

  test("one's own price table counts, the line's minutes too", async () => {
    const file = join(process.env["TMPDIR"] ?? "/tmp", `parley-prices-${process.pid}.yaml`);
    writeFileSync(
      file,
      "prices:\n" +
        "  - {vendor: openai, model: gpt-5.4-mini, part: llm, currency: EUR, as_of: 2026-11-01, input_tokens: 1000, output_tokens: 2000}\n" +
        "  - {vendor: exotel, part: carrier, currency: INR, as_of: 2026-11-01, minutes: 60}\n",
    );
    const { call } = await callWith("cost-own", { stt: kRecognisers["deepgram nova"], llm: kModels.openai, tts: kVoices["elevenlabs ws"] }, { PARLEY_PRICES_FILE: file });
    const totals = Object.fromEntries(call.cost.totals.map((total) => [total.currency, total]));
    const llm = call.usage.filter((row) => row.part === "llm");
    const expected = llm.reduce((sum, row) => sum + (row.inputTokens! * 1000 + row.outputTokens! * 2000) / 1e6, 0);
    expect(totals["EUR"]!.amount).toBeCloseTo(expected, 5);
    expect(totals["EUR"]!.pricesAsOf).toBe("2026-11-01");
    // A rupee a second.
    expect(totals["INR"]!.parts["carrier"]).toBeCloseTo(call.durationMs / 1000, 1);
    expect(call.cost.withoutAPrice).toHaveLength(2); // recogniser and voice
  });
});
