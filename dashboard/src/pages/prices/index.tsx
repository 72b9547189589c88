import { Badge, Group, SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { loadPart } from "@/api/load_part";
import { useMay, useMe } from "@/api/me";
import { LoadingState, Page, QueryStates } from "@/components";
import { KeptForm } from "@/components/forms";
import { registerTexts } from "@/i18n";
import { PriceList } from "./price_list";
import { pricesQuery } from "./queries";
import { ResetButton } from "./reset_button";
import texts from "./texts.en.json";

registerTexts("prices", texts);

const PriceEditor = lazy(() => loadPart(() => import("./price_editor")));

export default function PricesPage() {
  const { t } = useTranslation("prices");
  const search = useSearch({ from: "/shell/prices" });
  const navigate = useNavigate({ from: "/prices" });
  const prices = useQuery(pricesQuery);
  const me = useMe();
  const writes = useMay()("prices", "admin") && me.workspace.id === "default";
  const view = search.view === "yaml" ? "yaml" : "table";
  return (
    <Page
      title={t("title")}
      description={t("description")}
      actions={prices.data?.source === "saved" && writes ? <ResetButton /> : undefined}
    >
      <QueryStates query={prices}>
        {(data) => (
          <>
            <Group justify="space-between">
              <Badge variant="light" color={data.source === "saved" ? "teal" : "gray"} tt="none" size="lg">
                {t(`source.${data.source}`)}
              </Badge>
              <SegmentedControl
                aria-label={t("view")}
                value={view}
                onChange={(value) =>
                  void navigate({ search: (old) => ({ ...old, view: value === "yaml" ? value : undefined }), replace: true })
                }
                data={["table", "yaml"].map((value) => ({ value, label: t(`views.${value}`) }))}
              />
            </Group>
            {view === "table" ? (
              <PriceList yaml={data.yaml} />
            ) : (
              <Suspense fallback={<LoadingState />}>
                <KeptForm current={data}>{(base, kept) => <PriceEditor prices={base} kept={kept} readOnly={!writes} />}</KeptForm>
              </Suspense>
            )}
          </>
        )}
      </QueryStates>
    </Page>
  );
}
