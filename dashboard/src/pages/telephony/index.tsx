import { IconPlugConnected, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { EmptyState, Page, QueryStates } from "@/components";
import { AllowedButton, KeptForm } from "@/components/forms";
import { accountsQuery, numbersQuery } from "@/components/telephony";
import { registerTexts } from "@/i18n";
import { AccountDialog } from "./account_dialog";
import { AccountList } from "./account_list";
import { ServerAccount } from "./server_account";
import texts from "./texts.en.json";

registerTexts("telephony", texts);

export default function TelephonyPage() {
  const { t } = useTranslation("telephony");
  const may = useMay();
  const search = useSearch({ from: "/shell/telephony" });
  const navigate = useNavigate();
  const accounts = useQuery(accountsQuery);
  const numbers = useQuery({ ...numbersQuery, enabled: may("numbers", "read") });
  const show = (dialog?: string) => void navigate({ to: "/telephony", search: { dialog } });
  const edited = accounts.data?.find((account) => account.id === search.dialog);

  const add = (
    <AllowedButton resource="telephony" level="admin" leftSection={<IconPlus size={16} />} onClick={() => show("new")}>
      {t("add")}
    </AllowedButton>
  );
  return (
    <Page title={t("title")} description={t("description")} actions={add}>
      <QueryStates query={accounts}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState icon={<IconPlugConnected />} title={t("emptyTitle")} action={add}>
              {t("emptyHint")}
            </EmptyState>
          ) : (
            <AccountList accounts={items} numbers={numbers.data ?? []} onEdit={(account) => show(account.id)} />
          )
        }
      </QueryStates>
      <ServerAccount />
      {may("telephony", "admin") && search.dialog === "new" ? <AccountDialog onClose={() => show()} /> : null}
      {may("telephony", "admin") && edited ? (
        <KeptForm key={edited.id} current={edited}>
          {(base, kept) => <AccountDialog account={base} kept={kept} onClose={() => show()} />}
        </KeptForm>
      ) : null}
    </Page>
  );
}
