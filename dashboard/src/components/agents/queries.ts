// Agents as the pages that list and edit them ask for them.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "@/api/client";
import { queryClient } from "@/api/query_client";

export type Agent = Schemas["Agent"];
export type AgentSummary = Schemas["AgentSummary"];
export type AgentVersion = Schemas["AgentVersion"];
export type SampleAgent = Schemas["SampleAgent"];
export type Choices = Schemas["Choices"];

export const agentsQuery = queryOptions({
  queryKey: ["agents"],
  queryFn: () => api.GET("/api/v1/agents").then(body),
});

export const agentQuery = (agentId: string) =>
  queryOptions({
    queryKey: ["agents", "one", agentId],
    queryFn: () => api.GET("/api/v1/agents/{agentId}", { params: { path: { agentId } } }).then(body),
  });

export const versionsQuery = (agentId: string) =>
  queryOptions({
    queryKey: ["agents", "versions", agentId],
    queryFn: () => api.GET("/api/v1/agents/{agentId}/versions", { params: { path: { agentId } } }).then(body),
  });

export const versionQuery = (agentId: string, number: number) =>
  queryOptions({
    queryKey: ["agents", "version", agentId, number],
    queryFn: () => api.GET("/api/v1/agents/{agentId}/versions/{number}", { params: { path: { agentId, number } } }).then(body),
  });

export const agentSchemaQuery = queryOptions({
  queryKey: ["agents", "schema"],
  queryFn: () => api.GET("/api/v1/agents/schema").then(body),
  staleTime: Infinity,
});

export const samplesQuery = queryOptions({
  queryKey: ["agents", "samples"],
  queryFn: () => api.GET("/api/v1/agents/samples").then(body),
  staleTime: Infinity,
});

export const choicesQuery = queryOptions({
  queryKey: ["choices"],
  queryFn: () => api.GET("/api/v1/choices").then(body),
  staleTime: 60_000,
});

// The verdict on a text, together with the text it is about.
export const verdictQuery = (yaml: string) =>
  queryOptions({
    queryKey: ["agents", "verdict", yaml],
    queryFn: async () => ({ text: yaml, ...(await api.POST("/api/v1/agents/validate", { body: { yaml } }).then(body)) }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
  });

// Lists of agents, whichever page asked for them, and of versions.
function refreshLists() {
  const kept = ["one", "schema", "samples", "verdict", "version"];
  void queryClient.invalidateQueries({ queryKey: agentsQuery.queryKey, predicate: ({ queryKey }) => !kept.includes(String(queryKey[1])) });
}

// An answer that holds the agent is what is known of it from now on.
export function rememberAgent(agent: Agent) {
  queryClient.setQueryData(agentQuery(agent.id).queryKey, agent);
  queryClient.setQueryData(agentQuery(agent.name).queryKey, agent);
  refreshLists();
}

export function forgetAgent(agent: Pick<Agent, "id" | "name">) {
  for (const name of [agent.id, agent.name]) queryClient.removeQueries({ queryKey: agentQuery(name).queryKey });
  refreshLists();
}
