import { Page } from "@/components";

export default function InvitePage() {
  return <Page title="Invite">{null}</Page>;
}
