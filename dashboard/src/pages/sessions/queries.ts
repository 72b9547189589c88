import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "@/api/client";

export type SessionSummary = Schemas["SessionSummary"];
export type Channel = SessionSummary["channel"];

export const channels: readonly Channel[] = ["phone", "web", "chat"];
export const channelOf = (text: string | undefined): Channel | undefined => channels.find((channel) => channel === text);

const pageSize = 50;

export const sessionsQuery = (channel: Channel | undefined) =>
  infiniteQueryOptions({
    queryKey: ["sessions", "list", channel ?? "all"],
    queryFn: ({ pageParam }) =>
      api
        .GET("/api/v1/sessions", { params: { query: { channel, cursor: pageParam || undefined, limit: pageSize } } })
        .then(body),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
  });
