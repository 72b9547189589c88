import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export { agentsQuery, callQuery, numbersQuery } from "@/components/calls/queries";

export const agentQuery = (agentId: string) =>
  queryOptions({
    queryKey: ["agent", agentId, "for-calls"],
    queryFn: () => api.GET("/api/v1/agents/{agentId}", { params: { path: { agentId } } }).then(body),
  });

export const recentQuery = queryOptions({
  queryKey: ["calls", "outbound", "recent"],
  queryFn: () =>
    api
      .GET("/api/v1/calls", { params: { query: { direction: "outbound", limit: 10 } } })
      .then(body)
      .then(({ items }) => items),
});
