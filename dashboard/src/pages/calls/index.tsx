import { Page } from "@/components";

export default function CallsPage() {
  return <Page title="Calls">{null}</Page>;
}
