// What a call used, gathered by who did it.
import type { Schemas } from "@/api/client";

type UsageRow = Schemas["UsageRow"];
export const quantities = [
  "inputTokens", "cachedInputTokens", "outputTokens", "audioInputTokens", "cachedAudioInputTokens", "audioOutputTokens",
  "characters", "audioSeconds",
] as const;
export type Quantity = (typeof quantities)[number];

export interface UsageLine {
  key: string;
  part: UsageRow["part"];
  vendor: string;
  model: string;
  requests: number;
  used: Partial<Record<Quantity, number>>;
  estimated: boolean;
  // By currency; what has no price is in none of them.
  costs: Array<{ amount: number; currency: string }>;
  withoutPrice: boolean;
}

export function usageLines(rows: readonly UsageRow[]): UsageLine[] {
  const lines = new Map<string, UsageLine>();
  for (const row of rows) {
    const key = `${row.part} ${row.vendor} ${row.model}`;
    let line = lines.get(key);
    if (!line) {
      line = { key, part: row.part, vendor: row.vendor, model: row.model, requests: 0, used: {}, estimated: false, costs: [], withoutPrice: false };
      lines.set(key, line);
    }
    ++line.requests;
    line.estimated ||= row.estimated;
    for (const quantity of quantities) {
      const value = row[quantity];
      if (value) line.used[quantity] = (line.used[quantity] ?? 0) + value;
    }
    if (!row.cost) line.withoutPrice = true;
    else addCost(line.costs, row.cost);
  }
  const order: UsageRow["part"][] = ["stt", "llm", "tts", "sts", "carrier"];
  return [...lines.values()].sort((a, b) => order.indexOf(a.part) - order.indexOf(b.part) || a.key.localeCompare(b.key));
}

function addCost(costs: UsageLine["costs"], cost: { amount: number; currency: string }) {
  const same = costs.find((each) => each.currency === cost.currency);
  if (same) same.amount += cost.amount;
  else costs.push({ ...cost });
}
