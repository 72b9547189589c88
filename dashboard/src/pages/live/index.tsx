import { Page } from "@/components";

export default function LivePage() {
  return <Page title="Live">{null}</Page>;
}
