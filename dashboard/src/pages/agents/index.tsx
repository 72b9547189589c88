import { Page } from "@/components";

export default function AgentsPage() {
  return <Page title="Agents">{null}</Page>;
}
