import { Page } from "@/components";

export default function AgentNewPage() {
  return <Page title="Agent new">{null}</Page>;
}
