import { Page } from "@/components";

export default function WebhookPage() {
  return <Page title="Webhook">{null}</Page>;
}
