import { SimpleGrid } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { Page, QueryStates } from "@/components";
import { KeptForm } from "@/components/forms";
import { registerTexts } from "@/i18n";
import { settingsQuery } from "./queries";
import { ServerPanel } from "./server_panel";
import { SettingsForm } from "./settings_form";
import texts from "./texts.en.json";

registerTexts("settings", texts);

export default function SettingsPage() {
  const { t } = useTranslation("settings");
  const may = useMay();
  const settings = useQuery(settingsQuery);
  return (
    <Page title={t("title")} description={t("description")}>
      <SimpleGrid cols={{ base: 1, lg: 2 }} style={{ alignItems: "start" }}>
        <QueryStates query={settings}>
          {(data) => <KeptForm current={data}>{(base, kept) => <SettingsForm settings={base} kept={kept} />}</KeptForm>}
        </QueryStates>
        {may("system", "read") ? <ServerPanel /> : null}
      </SimpleGrid>
    </Page>
  );
}
