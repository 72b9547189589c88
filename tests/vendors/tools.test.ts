// What a model may do besides talking: tools by HTTP, words while the caller waits, answers and sentences kept.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AgentServer } from "./support/agent_server.js";
import { kModels, kRecognisers, kVoices, type ModelName, type VoiceName } from "./support/choices.js";
import { Conversation } from "./support/conversation.js";
import { Emulation } from "./support/emulation.js";
import { holes, likeness, timeline } from "./support/sound.js";
import { ToolServer } from "./support/tool_server.js";

let emulation: Emulation;
beforeAll(async () => {
  emulation = await Emulation.start();
});
afterAll(() => emulation?.stop());

const kVendors = { stt: kRecognisers["deepgram nova"], llm: kModels.openai, tts: kVoices["elevenlabs ws"] };
const keyOf = (key: string, llm: ModelName) => (llm === "ollama" ? `${key}-ollama` : key);

describe.concurrent("tools", () => {
  test.each(Object.keys(kModels) as ModelName[])("%s calls one by HTTP and tells its result", async (llm) => {
    const key = `tool-${llm}`;
    const tools = await ToolServer.start(() => ({ table: "seven" }));
    const agent = await AgentServer.start(emulation, key, { ...kVendors, llm: kModels[llm], tools: [tools.bookTable()] });
    try {
      const conversation = await Conversation.begin(emulation, agent);
      await conversation.ask("please book a table for me");
      await conversation.ask("what are your opening hours");
      const call = await conversation.hangUp();
      expect(tools.requests).toMatchObject([{ method: "POST", path: "/bookings", body: { name: "Asha", hour: "15:30" } }]);
      expect(call.turns[1]!.agentHeard).toMatch(/^It’s done. The answer is table seven/);
      expect(call.turns[2]!.agentHeard).toMatch(/^We’re open from nine to five/);
      expect(call.events.filter(({ kind }) => kind === "tool")).toMatchObject([{ detail: expect.stringMatching(/^book_table in \d+ ms$/) as string }]);
      // Two for the booking, one for the hours; the brain goes on by itself or is asked again.
      const { entries } = await emulation.state(keyOf(key, llm));
      if (llm !== "brain") expect(entries.filter((entry) => entry.part === "llm" && entry.method === "POST")).toHaveLength(3);
    } finally {
      await agent.stop();
      await tools.stop();
    }
  });

  test("arguments in the address are escaped, and cannot change the host", async () => {
    const tools = await ToolServer.start(() => ({ ok: true }));
    const url = `${tools.url}/days/{day}/tables`;
    const parameters = { type: "object", properties: { day: { type: "string", enum: ["../../x?y=1#z @other"] } } };
    const agent = await AgentServer.start(emulation, "tool-url", { ...kVendors, tools: [tools.bookTable({ url, parameters, method: "GET", headers: { "X-Desk": "front" } })] });
    try {
      const conversation = await Conversation.begin(emulation, agent);
      await conversation.ask("please book a table for me");
      await conversation.hangUp();
      expect(tools.requests).toHaveLength(1);
      const { path, method, headers } = tools.requests[0]!;
      expect(method).toBe("GET");
      expect(headers["x-desk"]).toBe("front");
      expect(path).toBe(`/days/${encodeURIComponent("../../x?y=1#z @other")}/tables`);
    } finally {
      await agent.stop();
      await tools.stop();
    }
  });

  test("a tool that fails is told to the model, and the call goes on", async () => {
    const tools = await ToolServer.start(() => 500);
    const agent = await AgentServer.start(emulation, "tool-500", { ...kVendors, tools: [tools.bookTable()] });
    try {
      const conversation = await Conversation.begin(emulation, agent);
      await conversation.ask("please book a table for me");
      await conversation.ask("what are your opening hours");
      const call = await conversation.hangUp();
      expect(call.events.map(({ kind }) => kind)).toContain("tool_failed");
      expect(call.turns[1]!.agentHeard).toMatch(/500/);
      expect(call.turns[2]!.agentHeard).toMatch(/^We’re open/);
    } finally {
      await agent.stop();
      await tools.stop();
    }
  });

  test("its words are spoken while it is under way", async () => {
    let answer: (value: object) => void = () => undefined;
    const tools = await ToolServer.start(() => new Promise<object>((resolve) => (answer = resolve)));
    const agent = await AgentServer.start(emulation, "tool-say", { ...kVendors, tools: [tools.bookTable({ say: "One moment, I look into the book." })] });
    try {
      const conversation = await Conversation.begin(emulation, agent);
      // The tool answers only when its words were heard.
      await conversation.ask("please book a table for me");
      expect(tools.requests).toHaveLength(1);
      const before = conversation.caller.received.length;
      answer({ table: "seven" });
      await conversation.caller.agentSpeaks(before);
      await conversation.caller.agentFinished(700);
      const call = await conversation.hangUp();
      expect(call.turns[1]!.agentHeard).toMatch(/^One moment, I look into the book. It’s done./);
    } finally {
      await agent.stop();
      await tools.stop();
    }
  });
});

describe.concurrent("a caller who waits", () => {
  test("hears a filler, in turn, and then the answer", async () => {
    await emulation.rule({ vendor: "openai", key: "filler", part: "llm", latency_ms: 2500 });
    const agent = await AgentServer.start(emulation, "filler", { ...kVendors, filler: { after: "400ms", say: ["Let me see.", "One moment please."] } });
    try {
      const conversation = await Conversation.begin(emulation, agent);
      const answer = ["We’re open from nine to five.", "Please come any day."];
      for (const filler of ["Let me see.", "One moment please."]) {
        const before = conversation.caller.heard.length;
        await conversation.ask("what are your opening hours", 2600);
        const sound = timeline(conversation.caller.heard.slice(before), 8000);
        for (const sentence of [filler, ...answer]) expect(likeness(sound, await emulation.speak(sentence), 8000), sentence).toBeGreaterThan(0.92);
        // Between them the model was still thinking.
        expect(holes(sound, 8000)[0]).toBeGreaterThan(500);
      }
      const call = await conversation.hangUp();
      // It bridges a wait and is no part of what the agent said.
      expect(call.turns.slice(1).map((turn) => turn.agentHeard)).toEqual([answer.join(" "), answer.join(" ")]);
      const requests = (await emulation.state("filler")).entries.filter((entry) => entry.part === "llm" && entry.method === "POST");
      expect(JSON.stringify(requests.at(-1)!.body)).toContain("Please come any day");
      expect(JSON.stringify(requests.at(-1)!.body)).not.toContain("Let me see");
    } finally {
      await agent.stop();
    }
  });
});

describe.concurrent("what is kept", () => {
  test("the answer to a first question is not asked of the model again", async () => {
    const agent = await AgentServer.start(emulation, "answers", { ...kVendors, caching: { answers: true } });
    try {
      const answers: string[] = [];
      for (let i = 0; i < 2; i++) {
        const conversation = await Conversation.begin(emulation, agent);
        await conversation.ask("what are your opening hours");
        const call = await conversation.hangUp();
        answers.push(call.turns[1]!.agentHeard);
        const asked = (await emulation.state("answers")).entries.filter((entry) => entry.part === "llm" && entry.method === "POST");
        expect(asked).toHaveLength(1);
        const used = call.usage.filter((row) => row.part === "llm" && (row.inputTokens ?? 0) > 0);
        expect(used).toHaveLength(i === 0 ? 1 : 0);
      }
      expect(answers).toEqual(Array(2).fill("We’re open from nine to five. Please come any day."));
    } finally {
      await agent.stop();
    }
  });

  test.each(Object.keys(kVoices) as VoiceName[])("sentences of %s are not asked for twice, not even after a restart", async (tts) => {
    const key = `sentences-${tts.replace(" ", "-")}`;
    const dataDir = mkdtempSync(join(tmpdir(), "parley-sentences-"));
    const spoken = async () => {
      const { entries } = await emulation.state(key);
      const voices = entries.filter((entry) => entry.part === "tts");
      const posts = voices.filter(({ method }) => method === "POST").length;
      // On sockets: messages with words in them.
      const said = voices.flatMap(({ messages }) => messages ?? []).filter((message) => /opening|open from|come any day|hello/i.test(JSON.stringify(message)));
      return posts + said.length;
    };
    try {
      const counts: number[] = [];
      const heard: string[] = [];
      for (let run = 0; run < 2; run++) {
        const agent = await AgentServer.start(emulation, key, { ...kVendors, tts: kVoices[tts] }, { dataDir });
        try {
          for (let i = 0; i < 2 - run; i++) {
            const conversation = await Conversation.begin(emulation, agent);
            const pieces = await conversation.ask("what are your opening hours");
            const sound = timeline(pieces, 8000);
            for (const sentence of ["We’re open from nine to five.", "Please come any day."]) expect(likeness(sound, await emulation.speak(sentence), 8000), sentence).toBeGreaterThan(0.92);
            const call = await conversation.hangUp();
            heard.push(call.turns[1]!.agentHeard);
            counts.push(await spoken());
            const characters = call.usage.filter((row) => row.part === "tts").reduce((sum, row) => sum + (row.characters ?? 0), 0);
            if (counts.length > 1) expect(characters).toBe(0);
          }
        } finally {
          await agent.stop();
        }
      }
      expect(counts[0]).toBeGreaterThan(0);
      expect(counts).toEqual([counts[0], counts[0], counts[0]]);
      expect(heard).toEqual(Array(3).fill("We’re open from nine to five. Please come any day."));
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  test("an agent that wants no sentences kept has them spoken anew", async () => {
    const agent = await AgentServer.start(emulation, "unkept", { ...kVendors, tts: kVoices.openai, caching: { speech: false } });
    try {
      const posts: number[] = [];
      for (let i = 0; i < 2; i++) {
        const conversation = await Conversation.begin(emulation, agent);
        await conversation.ask("what are your opening hours");
        await conversation.hangUp();
        posts.push((await emulation.state("unkept")).entries.filter((entry) => entry.part === "tts" && entry.method === "POST").length);
      }
      expect(posts[1]! - posts[0]!).toBe(2);
    } finally {
      await agent.stop();
    }
  });
});
