import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useEvents, type LiveEvent } from "@/api/events";
import { liveQuery } from "@/components/calls/queries";
import { listAfter, liveTypes, type LiveCall } from "./live_list";

// Partial text of many calls comes faster than anybody reads.
const gatherMs = 120;

export function useLiveCalls() {
  const client = useQueryClient();
  const waiting = useRef<LiveEvent[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const take = (event: LiveEvent) => {
    waiting.current.push(event);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const events = waiting.current;
      waiting.current = [];
      client.setQueryData(liveQuery.queryKey, (known) =>
        known && { items: events.reduce<readonly LiveCall[]>(listAfter, known.items) as LiveCall[] },
      );
    }, gatherMs);
  };
  // A call may have begun between the list that was asked for and the stream's opening.
  const lookAgain = () => void client.invalidateQueries({ queryKey: liveQuery.queryKey });
  useEvents({ types: liveTypes }, take, true, lookAgain);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return useQuery(liveQuery);
}
