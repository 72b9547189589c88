import { api } from "@/api/client";

// The configuration as a file of the agent's name.
export async function exportAgent(agent: { id: string; name: string }, version?: string) {
  const { data } = await api.GET("/api/v1/agents/{agentId}/yaml", {
    params: { path: { agentId: agent.id }, query: version ? { version } : {} },
    parseAs: "text",
  });
  download(`${agent.name}.yaml`, data as string);
}

export function download(name: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/yaml" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
