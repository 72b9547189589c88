// How long something has been going on, second by second; one clock for all of them.
import { useSyncExternalStore } from "react";
import { showDuration } from "@/api/format";

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = Date.now();

function subscribe(listener: () => void) {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

export function Ticking({ since }: { since: string }) {
  const at = useSyncExternalStore(subscribe, () => now);
  const elapsed = Math.max(0, at - new Date(since).getTime());
  return (
    <span className="numeric" role="timer">
      {showDuration(Math.floor(elapsed / 1000) * 1000)}
    </span>
  );
}
