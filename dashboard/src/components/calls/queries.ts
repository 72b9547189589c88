// What several pages about calls ask for.
import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export const agentsQuery = queryOptions({
  queryKey: ["agents", "for-calls"],
  queryFn: () => api.GET("/api/v1/agents").then(body),
});

export const numbersQuery = queryOptions({
  queryKey: ["phone-numbers", "for-calls"],
  queryFn: () => api.GET("/api/v1/phone-numbers").then(body),
});

export const callQuery = (callId: string) =>
  queryOptions({
    queryKey: ["call", callId],
    queryFn: () => api.GET("/api/v1/calls/{callId}", { params: { path: { callId } } }).then(body),
  });

export const liveQuery = queryOptions({
  queryKey: ["live-calls"],
  queryFn: () => api.GET("/api/v1/live/calls").then(body),
  // What the events have missed, when a stream broke.
  refetchInterval: 20_000,
  staleTime: 0,
});
