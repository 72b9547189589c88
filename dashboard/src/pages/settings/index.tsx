import { Page } from "@/components";

export default function SettingsPage() {
  return <Page title="Settings">{null}</Page>;
}
