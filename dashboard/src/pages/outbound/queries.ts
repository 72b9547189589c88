import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export { agentsQuery, callQuery, numbersQuery } from "@/components/calls/queries";

export const agentQuery = (agentId: string) =>
  queryOptions({
    queryKey: ["agent", agentId, "for-calls"],
    queryFn: () => api.GET("/api/v1/agents/{agentId}", { params: { path: { agentId } } }).then(body),
  });

// The log cannot be asked for one direction: those among the last calls.
const looked = 200;
export const recentQuery = queryOptions({
  queryKey: ["calls", "outbound", "recent"],
  queryFn: async () => {
    const { items } = await api.GET("/api/v1/calls", { params: { query: { limit: looked } } }).then(body);
    return items.filter((call) => call.direction === "outbound").slice(0, 10);
  },
});
