import { Page } from "@/components";

export default function TelephonyPage() {
  return <Page title="Telephony">{null}</Page>;
}
