import { Page } from "@/components";

export default function WebhooksPage() {
  return <Page title="Webhooks">{null}</Page>;
}
