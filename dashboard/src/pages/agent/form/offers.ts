// What the lists of a provider's fields offer.
import type { Choices } from "@/components/agents";
import type { Path } from "../document/path";

export interface Offer {
  value: string;
  note: string;
  isDefault?: boolean;
}

// Which part of the conversation a place of the configuration is about.
export function partOf(path: Path): "stt" | "llm" | "tts" | "sts" {
  if (path[0] === "recording") return "stt";
  const part = String(path[0]);
  return part === "llm" || part === "tts" || part === "sts" ? part : "stt";
}

// "hi-IN" fits "hi" and the other way round.
export function speaks(languages: readonly string[], language: unknown): boolean {
  if (languages.length === 0 || typeof language !== "string") return true;
  const base = (code: string) => code.toLowerCase().split("-")[0];
  return languages.some((code) => code.toLowerCase() === language.toLowerCase() || (base(code) === base(language) && !(code.includes("-") && language.includes("-"))));
}

export function offered(
  choices: Choices | undefined,
  part: "stt" | "llm" | "tts" | "sts",
  value: Record<string, unknown>,
  language: unknown,
): { providers: Offer[]; models: Offer[]; voices: Offer[] } {
  const providers = choices?.[part] ?? [];
  const provider = providers.find((one) => one.provider === value.provider);
  const model = value.model ?? provider?.models.find((one) => one.default)?.id;
  const voices = (provider?.voices ?? []).filter((voice) => typeof model !== "string" || voice.models.length === 0 || voice.models.includes(model));
  // Those of the agent's language come first; the others may be meant as well.
  const fit = voices.filter((voice) => speaks(voice.languages, language));
  return {
    providers: providers.map((one) => ({ value: one.provider, note: one.label === one.provider ? "" : one.label })),
    models: (provider?.models ?? []).map((one) => ({ value: one.id, note: one.note, isDefault: one.default })),
    voices: [...fit, ...voices.filter((voice) => !fit.includes(voice))].map((voice) => ({
      value: voice.id,
      note: [voice.name === voice.id ? "" : voice.name, voice.gender, voice.languages.join(", ")].filter(Boolean).join(" · "),
    })),
  };
}
