// For what is asked of the server anew when something has happened.
import { useEffect, useRef } from "react";
import { useEvents, type EventFilter, type LiveEvent } from "./events";

// Events tell of it a moment before it is written down (the call log writes in batches).
const writtenAfterMs = 500;

interface Options {
  enabled?: boolean;
  // Which of the events matter; all without it.
  about?: (event: LiveEvent) => boolean;
}

// Calls `reload` when something happens, and once more when it is surely written.
export function useWritten(filter: EventFilter, reload: () => void, { enabled = true, about }: Options = {}) {
  const latest = useRef(reload);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    latest.current = reload;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  useEvents(
    filter,
    (event) => {
      if (about?.(event) === false) return;
      latest.current();
      clearTimeout(timer.current);
      timer.current = setTimeout(() => latest.current(), writtenAfterMs);
    },
    enabled,
  );
}
