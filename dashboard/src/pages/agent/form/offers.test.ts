import { expect, it } from "vitest";
import type { Choices } from "@/components/agents";
import { offered, partOf, speaks } from "./offers";

const tts = {
  provider: "sarvam",
  label: "Sarvam",
  ready: false,
  models: [
    { id: "bulbul:v3", default: true, note: "newest", endsOn: null },
    { id: "bulbul:v2", default: false, note: "", endsOn: null },
  ],
  voices: [
    { id: "a", name: "Asha", gender: "female" as const, languages: ["en-IN"], models: [] },
    { id: "b", name: "b", gender: "" as const, languages: ["hi"], models: ["bulbul:v2"] },
    { id: "c", name: "c", gender: "" as const, languages: ["hi-IN"], models: ["bulbul:v3"] },
  ],
  languages: [],
};
const choices: Choices = { stt: [], llm: [], tts: [tts], sts: [], languages: [] };

it("voices are those of the model, the language's own first", () => {
  expect(offered(choices, "tts", { provider: "sarvam" }, "hi-IN").voices.map((voice) => voice.value)).toEqual(["c", "a"]);
  expect(offered(choices, "tts", { provider: "sarvam", model: "bulbul:v2" }, "hi-IN").voices.map((voice) => voice.value)).toEqual(["b", "a"]);
  expect(offered(choices, "tts", { provider: "sarvam", model: "own" }, "en-IN").voices.map((voice) => voice.value)).toEqual(["a"]);
  expect(offered(choices, "tts", { provider: "other" }, "hi-IN").models).toEqual([]);
  expect(offered(undefined, "tts", {}, "hi-IN").providers).toEqual([]);
});

it("a language fits its shorter and longer name, not another country's", () => {
  expect(speaks(["hi"], "hi-IN")).toBe(true);
  expect(speaks(["en-US"], "en-IN")).toBe(false);
  expect(speaks([], "en-IN")).toBe(true);
});

it("a place tells its part", () => {
  expect(partOf(["recording", "transcribe"])).toBe("stt");
  expect(partOf(["tts", "fallbacks", 0])).toBe("tts");
});
