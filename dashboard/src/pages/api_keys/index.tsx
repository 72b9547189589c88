import { Page } from "@/components";

export default function ApiKeysPage() {
  return <Page title="Api keys">{null}</Page>;
}
