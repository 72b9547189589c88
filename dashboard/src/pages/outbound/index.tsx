import { Page } from "@/components";

export default function OutboundPage() {
  return <Page title="Outbound">{null}</Page>;
}
