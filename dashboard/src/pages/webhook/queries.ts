import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export const statuses = ["pending", "delivered", "dead"] as const;
export type Status = (typeof statuses)[number];

export const deliveriesQuery = (webhookId: string, status: Status | undefined) =>
  infiniteQueryOptions({
    queryKey: ["deliveries", webhookId, status ?? "all"],
    queryFn: ({ pageParam }) =>
      api
        .GET("/api/v1/webhooks/{webhookId}/deliveries", {
          params: { path: { webhookId }, query: { limit: 25, ...(status ? { status } : {}), ...(pageParam ? { cursor: pageParam } : {}) } },
        })
        .then(body),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    // While something is under way its end is looked for.
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.items.some((delivery) => delivery.status === "pending")) ? 2000 : 15_000,
  });
