import { Page } from "@/components";

export default function SessionsPage() {
  return <Page title="Sessions">{null}</Page>;
}
