import { SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { Page, QueryStates } from "@/components";
import { registerTexts } from "@/i18n";
import { KeyDialog } from "./key_dialog";
import { providerKeysQuery } from "./queries";
import texts from "./texts.en.json";
import { VendorCard } from "./vendor_card";
import { vendors, type Vendor } from "./vendors";

registerTexts("keys", texts);

export default function KeysPage() {
  const { t } = useTranslation("keys");
  const may = useMay();
  const navigate = useNavigate();
  const search = useSearch({ from: "/shell/keys" });
  const keys = useQuery(providerKeysQuery);
  const show = (provider?: string) => void navigate({ to: "/keys", search: { set: provider } });
  const edited = vendors.find((vendor) => vendor.id === search.set);
  const grid = (some: Vendor[]) => (
    <QueryStates query={keys}>
      {(items) => (
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
          {some.map((vendor) => (
            <VendorCard
              key={vendor.id}
              vendor={vendor}
              saved={items.find((key) => key.provider === vendor.id)}
              onSet={() => show(vendor.id)}
            />
          ))}
        </SimpleGrid>
      )}
    </QueryStates>
  );
  return (
    <Page title={t("title")} description={t("description")}>
      <Stack component="section">
        <Title order={2}>{t("hosted")}</Title>
        {grid(vendors.filter((vendor) => !vendor.own))}
      </Stack>
      {keys.data ? (
        <Stack component="section">
          <Stack gap={2}>
            <Title order={2}>{t("own")}</Title>
            <Text size="sm" c="dimmed">
              {t("ownHint")}
            </Text>
          </Stack>
          {grid(vendors.filter((vendor) => vendor.own))}
        </Stack>
      ) : null}
      {edited && may("providerkeys", "admin") ? <KeyDialog key={edited.id} vendor={edited} onClose={() => show()} /> : null}
    </Page>
  );
}
