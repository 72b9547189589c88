import { Page } from "@/components";

export default function TalkPage() {
  return <Page title="Talk">{null}</Page>;
}
