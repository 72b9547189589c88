import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { ConfirmButton, notifyDone } from "@/components";
import { pricesQuery } from "./queries";

export function ResetButton() {
  const { t } = useTranslation("prices");
  const client = useQueryClient();
  const reset = async () => {
    const prices = await api.DELETE("/api/v1/prices").then(body);
    client.setQueryData(pricesQuery.queryKey, prices);
    notifyDone(t("resetDone"));
  };
  return (
    <ConfirmButton question={t("resetQuestion")} explanation={t("resetHint")} confirmLabel={t("reset")} onConfirm={reset}>
      {t("reset")}
    </ConfirmButton>
  );
}
