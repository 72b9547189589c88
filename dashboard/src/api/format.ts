// How values are shown, the same on all pages.
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export const showDateTime = (iso: string) => dateTime.format(new Date(iso));
export const showDay = (iso: string) => day.format(new Date(iso));
export const showClock = (iso: string) => clock.format(new Date(iso));

// 65 s -> "1:05", an hour and more with its hours; "–" for none.
export function showDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  const seconds = Math.round(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

// Latencies: "640 ms", "1.32 s".
export function showLatency(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

export function showMoney(amount: number, currency: string): string {
  const digits = amount !== 0 && Math.abs(amount) < 0.1 ? 4 : 2;
  return new Intl.NumberFormat(undefined, { style: "currency", currency, maximumFractionDigits: digits }).format(amount);
}

// Several currencies stand side by side; none is nothing.
export function showCosts(costs: ReadonlyArray<{ amount: number; currency: string }>): string {
  return costs.length === 0 ? "–" : costs.map((cost) => showMoney(cost.amount, cost.currency)).join(" + ");
}

// "+919876543210" -> "+91 98765 43210": Indian numbers as they are read; others as they are.
export function showNumber(number: string): string {
  const indian = /^\+91(\d{5})(\d{5})$/.exec(number);
  return indian ? `+91 ${indian[1]} ${indian[2]}` : number;
}
