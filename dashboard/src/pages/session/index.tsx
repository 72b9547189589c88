import { Page } from "@/components";

export default function SessionPage() {
  return <Page title="Session">{null}</Page>;
}
