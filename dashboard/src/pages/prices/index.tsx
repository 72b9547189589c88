import { Page } from "@/components";

export default function PricesPage() {
  return <Page title="Prices">{null}</Page>;
}
