// The server gives only days that had calls; the chart needs all of them.
export interface Day {
  day: string; // 2026-11-21
  calls: number;
  minutes: number;
}

export function allDays(last: Date, count: number, sums: ReadonlyArray<{ group: string; calls: number; minutes: number }>): Day[] {
  const byDay = new Map(sums.map((sum) => [sum.group, sum]));
  return Array.from({ length: count }, (_, index) => {
    const date = new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), last.getUTCDate() - (count - 1 - index)));
    const day = date.toISOString().slice(0, 10);
    const sum = byDay.get(day);
    return { day, calls: sum?.calls ?? 0, minutes: sum?.minutes ?? 0 };
  });
}
