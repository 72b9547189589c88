import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, body } from "@/api/client";
import { useEvents, type LiveEvent } from "@/api/events";
import { listAfter, liveTypes, type LiveCall } from "./live_list";

export const liveQuery = queryOptions({
  queryKey: ["live-calls"],
  queryFn: () => api.GET("/api/v1/live/calls").then(body),
  // What the events have missed, when a node of many was asked or a stream broke.
  refetchInterval: 20_000,
  staleTime: 0,
});

// Partial text of many calls comes faster than anybody reads.
const gatherMs = 120;

export function useLiveCalls() {
  const client = useQueryClient();
  const waiting = useRef<LiveEvent[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEvents({ types: liveTypes }, (event) => {
    waiting.current.push(event);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const events = waiting.current;
      waiting.current = [];
      client.setQueryData(liveQuery.queryKey, (known) =>
        known && { items: events.reduce<readonly LiveCall[]>(listAfter, known.items) as LiveCall[] },
      );
    }, gatherMs);
  });
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return useQuery(liveQuery);
}
