import { Page } from "@/components";

export default function AuditPage() {
  return <Page title="Audit">{null}</Page>;
}
