import { Page } from "@/components";

export default function LoginPage() {
  return <Page title="Login">{null}</Page>;
}
