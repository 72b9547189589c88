import { Page } from "@/components";

export default function AgentPage() {
  return <Page title="Agent">{null}</Page>;
}
