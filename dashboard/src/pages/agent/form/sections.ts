// The form's sections, in the order in which people think about an agent. What the schema has and no section names is
// found under "other", so that nothing is out of reach.
export interface Section {
  id: string;
  keys: readonly string[];
}

const named: readonly Section[] = [
  { id: "basics", keys: ["name", "description", "kind", "language", "first_message", "prompt"] },
  { id: "model", keys: ["llm", "sts", "caching"] },
  { id: "listening", keys: ["stt", "vad"] },
  { id: "speaking", keys: ["tts", "filler"] },
  { id: "turns", keys: ["turn_taking"] },
  { id: "tools", keys: ["tools"] },
  { id: "dtmf", keys: ["dtmf"] },
  { id: "transfer", keys: ["transfer"] },
  { id: "recording", keys: ["recording"] },
  { id: "limits", keys: ["limits"] },
];

// The script has a tab of its own.
const kElsewhere = ["script"];

export function sectionsOf(keys: readonly string[]): Section[] {
  const placed = new Set([...named.flatMap((section) => section.keys), ...kElsewhere]);
  const rest = keys.filter((key) => !placed.has(key));
  const there = named.map((section) => ({ ...section, keys: section.keys.filter((key) => keys.includes(key)) })).filter((section) => section.keys.length > 0);
  return rest.length > 0 ? [...there, { id: "other", keys: rest }] : there;
}

// Parts that an agent of another kind does not use: hidden while they hold nothing.
export function isUsed(key: string, kind: unknown, data: Record<string, unknown>): boolean {
  if (key in data) return true;
  if (kind === "realtime") return !["llm", "stt", "tts", "filler", "caching"].includes(key);
  return key !== "sts";
}
