import { Page } from "@/components";

export default function KeysPage() {
  return <Page title="Keys">{null}</Page>;
}
