import { Page } from "@/components";

export default function ChatPage() {
  return <Page title="Chat">{null}</Page>;
}
