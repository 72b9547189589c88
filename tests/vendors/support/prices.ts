// The price table as `parley prices` prints it, and what a row of usage costs by it: told once more, and simply.
import { runParley } from "../../e2e/support/server.js";
import type { UsageRow } from "./agent_server.js";

interface Price extends Record<string, string> {
  vendor: string;
  model: string;
  part: string;
  currency: string;
}

export async function bundledPrices(): Promise<Price[]> {
  const { stdout, code } = await runParley(["prices"]);
  if (code !== 0) throw new Error("parley prices failed");
  const entries = [...stdout.matchAll(/^\s*- \{(.*)\}\s*$/gm)].map((line) => line[1]!);
  return entries.map((entry) => {
    const fields = [...entry.matchAll(/(\w+): ("[^"]*"|[^,]+)/g)].map(([, name, value]) => [name!, value!.replaceAll('"', "").trim()]);
    return Object.fromEntries(fields) as Price;
  });
}

/** In whole currency units; undefined without a price. Tokens and characters are for a million, minutes for one. */
export function costOf(prices: Price[], row: UsageRow): { amount: number; currency: string } | undefined {
  const fits = (pattern: string) => pattern === row.model || (pattern.endsWith("*") && row.model.startsWith(pattern.slice(0, -1)));
  const today = new Date().toISOString().slice(0, 10);
  const known = prices
    .filter((price) => price.vendor === row.vendor && price.part === row.part && fits(price.model) && (price["valid_from"] ?? "") <= today)
    .sort((a, b) => Number(b.model === row.model) - Number(a.model === row.model) || b.model.length - a.model.length || ((b["valid_from"] ?? "") > (a["valid_from"] ?? "") ? 1 : -1));
  const price = known[0];
  if (price === undefined) return undefined;
  const at = (name: string, otherwise = "0") => Number(price[name] ?? otherwise);
  const cached = row.cachedInputTokens ?? 0;
  const amount =
    (((row.inputTokens ?? 0) - cached) * at("input_tokens") +
      cached * at("cached_tokens", price["input_tokens"]) +
      (row.outputTokens ?? 0) * at("output_tokens") +
      (row.audioInputTokens ?? 0) * at("audio_input_tokens") +
      (row.audioOutputTokens ?? 0) * at("audio_output_tokens") +
      (row.characters ?? 0) * at("characters")) / 1e6 +
    ((row.audioSeconds ?? 0) / 60) * at("minutes");
  return { amount, currency: price.currency };
}
