// A model hands the caller to a person by its tool: heard, decided and spoken by emulated vendors, connected by the
// emulated carrier.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Json } from "../control/support/api.js";
import { Emulation } from "../vendors/support/emulation.js";
import { kModels, kRecognisers, kVoices } from "../vendors/support/choices.js";
import { CarrierServer, ownNumber } from "./support/server.js";
import { noted, phone, world } from "./support/worlds.js";

const [caller, colleague] = ["+919800000001", "+919800000101"];

let emulation: Emulation;
let carrier: CarrierServer;

// JSON is YAML, too.
const agent = {
  name: "hotel",
  language: "en-IN",
  first_message: "Hello.",
  prompt: "You are the desk of a small hotel.",
  stt: kRecognisers["deepgram nova"],
  llm: kModels.openai,
  tts: kVoices["elevenlabs ws"],
  transfer: { to: [colleague], say: "I am putting you through.", ring: "5s" },
};

beforeAll(async () => {
  emulation = await Emulation.start();
  carrier = await CarrierServer.start({
    world: world({
      phones: [phone(ownNumber)],
      people: [
        `number: "${caller}", script: ["wait agent\\nsay \\"Please let me speak to a person.\\"\\nsilence 40s"]`,
        `number: "${colleague}", after: 300ms, says: "This is the front desk.", talks_for: 1s`,
      ],
    }),
    agent: `${JSON.stringify(agent)}\n`,
    env: {
      ...emulation.environment("transfer"),
      // A machine that is busy with other tests is no reason to refuse a call.
      PARLEY_MAX_LOOP_LAG: "5s",
    },
  });
}, 60_000);
afterAll(async () => {
  await carrier?.finish();
  await emulation?.stop();
});

it("a caller who asks for a person is connected by the model's tool", async () => {
  const sid = await carrier.emulator.ring(caller, ownNumber);
  const told = await carrier.emulator.ended(sid, "50s");
  expect(noted(told, "stream ended")[0]).toMatchObject({ status: "completed", disconnectedBy: "bot" });
  expect(noted(told, "passthru")[0]).toMatchObject({ status: 302 });
  expect(noted(told, "connected")[0]).toMatchObject({ number: colleague, said: "This is the front desk." });
  const row = await carrier.rowOf(sid, (call) => call.transfer?.status === "connected");
  expect(row).toMatchObject({ status: "completed", agent: "hotel", escalationRequested: true });
  expect(row.turns.map((turn: Json) => turn.callerText).join(" ").toLowerCase()).toContain("speak to a person");
  expect(row.turns.map((turn: Json) => turn.agentHeard).join(" ")).toContain("I am putting you through.");
  expect(await carrier.emulator.violations(sid)).toEqual([]);
  const { entries } = await emulation.state("transfer");
  expect(entries.some((entry) => entry.part === "llm" && entry.method === "POST")).toBe(true);
}, 90_000);
