// Every recogniser, model and voice holds a conversation on sound: three turns, one of them interrupted, and a goodbye.
// All combinations, if E2E_MATRIX=pairs does not ask for fewer: then every pair of vendors at least once.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Played } from "../e2e/support/exotel.js";
import { rms } from "../e2e/support/wav.js";
import { AgentServer, type VendorCall } from "./support/agent_server.js";
import { allCombinations, type Combination, kModels, kRecognisers, kVoices, pairwiseCombinations } from "./support/choices.js";
import { Conversation } from "./support/conversation.js";
import { Emulation, type Entry } from "./support/emulation.js";
import { holes, largestStep, likeness, timeline, voicedMs } from "./support/sound.js";

const kRate = 8000;
const kAnswer = ["We’re open from nine to five.", "Please come any day."];
const kGoodbye = ["Thank you for calling.", "Goodbye."];
const kLongBegins = "We offer many things here";

let emulation: Emulation;
beforeAll(async () => {
  emulation = await Emulation.start();
});
afterAll(async () => {
  await emulation?.stop();
});

/** The answer sounds as its sentences do: whole, without holes, without clicks. */
async function expectToSound(pieces: readonly Played[], sentences: string[]): Promise<void> {
  const sound = timeline(pieces, kRate);
  const wanted = await Promise.all(sentences.map((sentence) => emulation.speak(sentence)));
  const wantedMs = wanted.reduce((sum, one) => sum + voicedMs(one, kRate), 0);
  expect(rms(sound)).toBeGreaterThan(300);
  expect(voicedMs(sound, kRate) / wantedMs, "so much of the sound was heard").toBeGreaterThan(0.9);
  expect(voicedMs(sound, kRate) / wantedMs, "nothing was heard twice").toBeLessThan(1.1);
  for (const [i, sentence] of wanted.entries()) expect(likeness(sound, sentence, kRate), sentences[i]).toBeGreaterThan(0.92);
  // Between two sentences there is a pause, inside of one there is none so long.
  expect(holes(sound, kRate).slice(sentences.length - 1)[0] ?? 0, "holes").toBeLessThanOrEqual(250);
  const steps = Math.max(...wanted.map(largestStep));
  expect(largestStep(sound), "clicks").toBeLessThanOrEqual(steps * 1.3);
}

function words(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N} ]/gu, "").trim();
}

/** What the model was told that it had said, in the last request of the call. */
function agentHistory(entries: Entry[], llm: string): string[] {
  const last = entries.filter((entry) => entry.part === "llm").at(-1)!;
  type Turns = { role?: string; content?: string; text?: string; parts?: { text?: string }[] }[];
  if (llm === "brain") {
    const turns = (last.messages as { type?: string; history?: Turns }[]).filter((message) => message.type === "turn");
    return (turns.at(-1)!.history ?? []).filter(({ role }) => role === "agent").map(({ text }) => text ?? "");
  }
  const body = last.body as { messages?: Turns; contents?: Turns };
  if (body.contents) return body.contents.filter(({ role }) => role === "model").map(({ parts }) => (parts ?? []).map((part) => part.text ?? "").join(""));
  return (body.messages ?? []).filter(({ role }) => role === "assistant").map(({ content }) => content ?? "");
}

function expectTranscript(call: VendorCall): void {
  expect(call.status).toBe("completed");
  expect(call.endReason).toBe("agent hung up");
  expect(call.turns.map((turn) => [turn.inputKind, words(turn.callerText)])).toEqual([
    ["greeting", ""],
    ["speech", "tell me about your services"],
    ["speech", "what are your opening hours"],
    ["speech", "goodbye"],
  ]);
  const [greeting, cut, answer, goodbye] = call.turns;
  expect(greeting!.agentHeard).toBe("Hello.");
  expect(cut).toMatchObject({ interrupted: true });
  expect(cut!.agentText.startsWith(kLongBegins)).toBe(true);
  expect(cut!.agentText.startsWith(cut!.agentHeard)).toBe(true);
  expect(cut!.agentHeard.length).toBeGreaterThan(5);
  expect(cut!.agentHeard.length).toBeLessThan(120);
  expect(answer).toMatchObject({ interrupted: false, agentHeard: kAnswer.join(" ") });
  expect(goodbye!.agentHeard).toBe(kGoodbye.join(" "));
  const trouble = call.events.filter(({ kind }) => /fail|retry|switch|deaf|circuit|timeout|error/.test(kind));
  expect(trouble).toEqual([]);
}

async function holdConversation(combination: Combination, key: string): Promise<void> {
  const { stt, llm, tts } = combination;
  const agent = await AgentServer.start(emulation, key, { stt: kRecognisers[stt], llm: kModels[llm], tts: kVoices[tts] });
  try {
    const conversation = await Conversation.begin(emulation, agent);
    const { answer } = await conversation.askAndInterrupt("tell me about your services", 1000, "what are your opening hours");
    const closing = conversation.caller.heard.length;
    const call = await conversation.goodbye();
    expect(conversation.caller.protocolErrors).toEqual([]);
    expectTranscript(call);
    await expectToSound(answer, kAnswer);
    await expectToSound(conversation.caller.heard.slice(closing), kGoodbye);
    // The model's memory is what the caller heard, no more.
    const key_of_model = llm === "ollama" ? `${key}-ollama` : key;
    const said = agentHistory((await emulation.state(key_of_model)).entries, llm);
    expect(said.slice(-2).map(words)).toEqual([words(call.turns[1]!.agentHeard), words(kAnswer.join(" "))]);
    // Each vendor was used, and is told apart in the books.
    for (const [part, choice] of Object.entries({ stt: kRecognisers[stt], llm: kModels[llm], tts: kVoices[tts] })) {
      expect(call.usage.filter((row) => row.part === part).map((row) => row.vendor), part).toContain(choice.provider);
    }
  } finally {
    await agent.stop();
  }
}

const all = process.env["E2E_MATRIX"] !== "pairs";
const combinations = (all ? allCombinations() : pairwiseCombinations()).map((one) => [`${one.stt} + ${one.llm} + ${one.tts}`, one] as const);

describe.concurrent("a conversation by", () => {
  test.each(combinations)("%s", async (name, combination) => {
    await holdConversation(combination, `k-${name.replaceAll(/[ +]+/g, "-")}`);
  });
});
