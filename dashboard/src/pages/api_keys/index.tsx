import { Switch } from "@mantine/core";
import { IconPlus, IconShieldCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState, Page, QueryStates } from "@/components";
import { AllowedButton, SecretOnce } from "@/components/forms";
import { registerTexts } from "@/i18n";
import { KeyTable } from "./key_table";
import { MakeDialog } from "./make_dialog";
import { apiKeysQuery } from "./queries";
import { stateOf } from "./scopes";
import texts from "./texts.en.json";

registerTexts("api_keys", texts);

export default function ApiKeysPage() {
  const { t } = useTranslation("api_keys");
  const navigate = useNavigate({ from: "/api-keys" });
  const { dialog, all } = useSearch({ from: "/shell/api-keys" });
  const keys = useQuery(apiKeysQuery);
  const [made, setMade] = useState<{ name: string; key: string } | null>(null);
  const show = (name?: string) => void navigate({ search: (old) => ({ ...old, dialog: name }) });
  const now = new Date();
  const add = (
    <AllowedButton resource="keys" level="admin" leftSection={<IconPlus size={16} />} onClick={() => show("new")}>
      {t("make")}
    </AllowedButton>
  );
  return (
    <Page title={t("title")} description={t("description")} actions={add}>
      <QueryStates query={keys}>
        {(items) => {
          const active = items.filter((key) => stateOf(key, now) === "active");
          const shown = all ? items : active;
          return (
            <>
              {active.length < items.length ? (
                <Switch
                  label={t("showRevoked")}
                  checked={Boolean(all)}
                  onChange={(event) => {
                    const value = event.currentTarget.checked ? "1" : undefined;
                    void navigate({ search: (old) => ({ ...old, all: value }), replace: true });
                  }}
                />
              ) : null}
              {shown.length === 0 ? (
                <EmptyState icon={<IconShieldCheck />} title={t("emptyTitle")} action={add}>
                  {t("emptyHint")}
                </EmptyState>
              ) : (
                <KeyTable keys={shown} />
              )}
            </>
          );
        }}
      </QueryStates>
      {dialog === "new" ? (
        <MakeDialog
          onClose={() => show()}
          onMade={(name, key) => {
            show();
            setMade({ name, key });
          }}
        />
      ) : null}
      <SecretOnce
        title={t("shownTitle", { name: made?.name })}
        values={
          made
            ? [
                { label: t("key"), value: made.key },
                { label: t("try"), value: `curl -H "Authorization: Bearer ${made.key}" ${location.origin}/api/v1/me` },
              ]
            : null
        }
        onClose={() => setMade(null)}
      />
    </Page>
  );
}
