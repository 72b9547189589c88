// Whether the server answers. Requests and the event stream report what they meet; while it is away it is asked every
// two seconds, and pages load their data anew when it is back.
import { useSyncExternalStore } from "react";

let reachable = true;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();
const returns = new Set<() => void>();

function set(value: boolean) {
  if (reachable === value) return;
  reachable = value;
  for (const listener of listeners) listener();
  if (value) for (const listener of returns) listener();
}

function ask() {
  timer = setTimeout(async () => {
    timer = undefined;
    try {
      const response = await fetch("/api/v1/health", { cache: "no-store" });
      if (response.ok) return set(true);
    } catch {
      // still away
    }
    ask();
  }, 2000);
}

export function lostServer() {
  set(false);
  if (timer === undefined) ask();
}

export function heardFromServer() {
  clearTimeout(timer);
  timer = undefined;
  set(true);
}

// The stream of events goes on after a break: what happened meanwhile it does not tell, so everything is loaded anew,
// also when something else has reached the server before.
export function heardEventsAgain() {
  if (!reachable) return heardFromServer();
  for (const listener of returns) listener();
}

// `listener` is called each time the server has come back.
export function onReturn(listener: () => void): () => void {
  returns.add(listener);
  return () => returns.delete(listener);
}

export function useReachable(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => reachable,
  );
}
