import { Page } from "@/components";

export default function AccountPage() {
  return <Page title="Account">{null}</Page>;
}
