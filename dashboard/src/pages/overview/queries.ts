import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

// Midnight of whoever looks at the page, not of the server.
export function startOfDay(now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate());
}

export function daysBefore(now: Date, days: number): Date {
  const start = startOfDay(now);
  start.setDate(start.getDate() - days);
  return start;
}

export const overviewQuery = (since: string) =>
  queryOptions({
    queryKey: ["overview", since],
    queryFn: ({ signal }) => api.GET("/api/v1/overview", { params: { query: { since } }, signal }).then(body),
    refetchInterval: 30_000,
  });

export const usageQuery = (since: string) =>
  queryOptions({
    queryKey: ["usage", "day", since],
    queryFn: ({ signal }) => api.GET("/api/v1/usage", { params: { query: { since, group: "day" } }, signal }).then(body),
    staleTime: 60_000,
  });

export const liveQuery = queryOptions({
  queryKey: ["live"],
  queryFn: ({ signal }) => api.GET("/api/v1/live/calls", { signal }).then(body),
  refetchInterval: 15_000,
});

export const recentQuery = queryOptions({
  queryKey: ["calls", "recent"],
  queryFn: ({ signal }) => api.GET("/api/v1/calls", { params: { query: { limit: 6 } }, signal }).then(body),
});
