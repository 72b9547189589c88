import { Page } from "@/components";

export default function CallPage() {
  return <Page title="Call">{null}</Page>;
}
