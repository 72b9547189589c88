// The call log's filters: in the address as plain texts, and as the server is asked. A preset stays a preset in the
// address, so that a kept link shows the last day of the day it is opened.
export const ranges = ["today", "24h", "7d", "30d", "all", "custom"] as const;
export type Range = (typeof ranges)[number];

export interface Filters {
  range: Range;
  // Of the range "custom": local, as datetime-local inputs have them ("2026-11-21T09:30"); empty: open.
  since: string;
  before: string;
  agent: string;
  status: string;
  outcome: string;
  number: string;
  phoneId: string;
  text: string;
  sessionId: string;
}

export const noFilters: Filters = {
  range: "all", since: "", before: "", agent: "", status: "", outcome: "", number: "", phoneId: "", text: "", sessionId: "",
};

export const statuses = [
  "queued", "ringing", "in_progress", "completed", "failed", "interrupted", "busy", "no_answer", "canceled",
] as const;
export type Status = (typeof statuses)[number];

// Why calls end, as the server writes it, and the one word that is no reason.
export const outcomes = [
  "escalated", "caller hung up", "agent hung up", "transferred", "hung up by API", "maximum duration", "stream lost",
  "agent failed", "protocol error", "server shutdown",
] as const;

const textNames = ["since", "before", "agent", "status", "outcome", "number", "phoneId", "text", "sessionId"] as const;

export function filtersOf(search: Record<string, string | undefined>): Filters {
  const filters = { ...noFilters };
  for (const name of textNames) filters[name] = search[name] ?? "";
  const custom = filters.since !== "" || filters.before !== "";
  const range = ranges.find((each) => each === search.range);
  filters.range = range ?? (custom ? "custom" : "all");
  if (filters.range !== "custom") filters.since = filters.before = "";
  if (!statuses.some((each) => each === filters.status)) filters.status = "";
  return filters;
}

// What is as it is without a filter does not stand in the address.
export function searchOf(filters: Filters): Record<string, string | undefined> {
  const search: Record<string, string | undefined> = {};
  for (const name of textNames) search[name] = filters[name].trim() || undefined;
  search.range = filters.range === "all" ? undefined : filters.range;
  if (filters.range !== "custom") search.since = search.before = undefined;
  return search;
}

export interface CallQuery {
  since?: string;
  before?: string;
  agent?: string;
  status?: Status;
  outcome?: string;
  number?: string;
  phoneId?: string;
  text?: string;
  sessionId?: string;
}

const hourMs = 3_600_000;

function sinceOf(range: Range, now: Date): Date | null {
  if (range === "today") return new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const hours = { "24h": 24, "7d": 7 * 24, "30d": 30 * 24 }[range as string];
  return hours ? new Date(now.getTime() - hours * hourMs) : null;
}

function utcOf(local: string): string | undefined {
  const time = new Date(local);
  return local === "" || Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

// Shorter ones the server refuses: a number that is being typed asks for nothing yet.
export const leastNumber = 3;

export function queryOf(filters: Filters, now: Date): CallQuery {
  const query: CallQuery = {};
  const since = filters.range === "custom" ? utcOf(filters.since) : sinceOf(filters.range, now)?.toISOString();
  const before = filters.range === "custom" ? utcOf(filters.before) : undefined;
  if (since) query.since = since;
  if (before) query.before = before;
  if (filters.status) query.status = filters.status as Status;
  const number = filters.number.trim();
  if (number.length >= leastNumber) query.number = number;
  for (const name of ["agent", "outcome", "phoneId", "text", "sessionId"] as const) {
    const value = filters[name].trim();
    if (value) query[name] = value;
  }
  return query;
}

export function exportAddress(query: CallQuery): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value);
  return search.size > 0 ? `/api/v1/calls.csv?${search}` : "/api/v1/calls.csv";
}

// How many are set, for the button that opens them on a phone.
export function countOf(filters: Filters): number {
  const texts = (["agent", "status", "outcome", "number", "phoneId", "sessionId"] as const).filter((name) => filters[name]);
  return texts.length + (filters.range === "all" ? 0 : 1);
}
