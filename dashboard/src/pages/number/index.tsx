import { Page } from "@/components";

export default function NumberPage() {
  return <Page title="Number">{null}</Page>;
}
