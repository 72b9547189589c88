// The table of prices as the server keeps it (YAML), read for people. The server has the last word on what is right.
import { parse } from "yaml";

export const units = [
  "input_tokens", "cached_tokens", "output_tokens", "audio_input_tokens", "cached_audio_tokens", "audio_output_tokens", "characters", "minutes",
] as const;
export type Unit = (typeof units)[number];

export interface Price {
  vendor: string;
  model: string;
  part: string;
  currency: string;
  asOf: string;
  validFrom: string;
  note: string;
  amounts: Array<{ unit: Unit; amount: number }>;
}

const text = (value: unknown, otherwise = "") => (value === undefined || value === null ? otherwise : String(value));

// null: it is no such table.
export function readPrices(yaml: string): Price[] | null {
  let table: unknown;
  try {
    // Days must stay the texts they are.
    table = parse(yaml, { schema: "core" });
  } catch {
    return null;
  }
  const entries: unknown = (table as { prices?: unknown } | null)?.prices;
  if (!Array.isArray(entries)) return null;
  return entries.filter((entry): entry is Record<string, unknown> => typeof entry === "object" && entry !== null).map((entry) => ({
    vendor: text(entry.vendor),
    model: text(entry.model, "*"),
    part: text(entry.part, "llm"),
    currency: text(entry.currency, "USD"),
    asOf: text(entry.as_of),
    validFrom: text(entry.valid_from),
    note: text(entry.note),
    amounts: units.flatMap((unit) => (typeof entry[unit] === "number" ? [{ unit, amount: entry[unit] }] : [])),
  }));
}

export function unitKind(unit: Unit): "tokens" | "characters" | "minutes" {
  return unit === "characters" || unit === "minutes" ? unit : "tokens";
}

// The line (from 1) that the server's complaint is about: "saved prices:12: prices[3].as_of: is needed".
export function lineOf(complaint: string): number | null {
  const found = /:(\d+)(?::\d+)?:/.exec(complaint) ?? /\bline (\d+)/i.exec(complaint);
  return found ? Number(found[1]) : null;
}
