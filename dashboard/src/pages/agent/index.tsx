import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { QueryStates } from "@/components";
import { agentQuery, agentSchemaQuery } from "@/components/agents";
import { registerTexts } from "@/i18n";
import { AgentEditor } from "./agent_editor";
import type { Schema } from "./document/schema";
import texts from "./texts.en.json";

registerTexts("agent", texts);

export default function AgentPage() {
  const { agentId } = useParams({ from: "/shell/agents/$agentId" });
  const agent = useQuery(agentQuery(agentId));
  const schema = useQuery(agentSchemaQuery);
  return (
    <QueryStates query={agent}>
      {(known) => <QueryStates query={schema}>{(described) => <AgentEditor key={known.id} known={known} schema={described as Schema} />}</QueryStates>}
    </QueryStates>
  );
}
