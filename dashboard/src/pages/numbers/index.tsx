import { IconPhone, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { EmptyState, Page, QueryStates } from "@/components";
import { AllowedButton } from "@/components/forms";
import { numbersQuery } from "@/components/telephony";
import { registerTexts } from "@/i18n";
import { ImportDialog } from "./import_dialog";
import { NumberTable } from "./number_table";
import texts from "./texts.en.json";

registerTexts("numbers", texts);

export default function NumbersPage() {
  const { t } = useTranslation("numbers");
  const may = useMay();
  const navigate = useNavigate();
  const { dialog } = useSearch({ from: "/shell/numbers" });
  const numbers = useQuery(numbersQuery);
  const show = (name?: string) => void navigate({ to: "/numbers", search: { dialog: name } });

  const add = (
    <AllowedButton resource="numbers" level="write" leftSection={<IconPlus size={16} />} onClick={() => show("import")}>
      {t("import")}
    </AllowedButton>
  );
  return (
    <Page title={t("title")} description={t("description")} actions={add}>
      <QueryStates query={numbers}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState icon={<IconPhone />} title={t("emptyTitle")} action={add}>
              {t("emptyHint")}
            </EmptyState>
          ) : (
            <NumberTable numbers={items} />
          )
        }
      </QueryStates>
      {dialog === "import" && may("numbers", "write") ? <ImportDialog onClose={() => show()} /> : null}
    </Page>
  );
}
