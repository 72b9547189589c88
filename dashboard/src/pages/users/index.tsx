import { Page } from "@/components";

export default function UsersPage() {
  return <Page title="Users">{null}</Page>;
}
