import { Page } from "@/components";

export default function OverviewPage() {
  return <Page title="Overview">{null}</Page>;
}
