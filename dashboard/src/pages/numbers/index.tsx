import { Page } from "@/components";

export default function NumbersPage() {
  return <Page title="Numbers">{null}</Page>;
}
