interface Retention {
  recordingsDays: number;
  callsDays: number;
}

// Whether less is kept than before (0 is for ever), so that something will be deleted.
export function shortens(now: Retention, before: Retention): boolean {
  const days = (value: number) => (value === 0 ? Infinity : value);
  return days(now.recordingsDays) < days(before.recordingsDays) || days(now.callsDays) < days(before.callsDays);
}
