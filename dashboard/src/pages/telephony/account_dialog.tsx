// A new account, or a change of one. Its credentials are only ever sent.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { api, body, ifMatch, type Schemas } from "@/api/client";
import { notifyDone, notifyProblem } from "@/components";
import { FormDialog, useFields, useOnceKey, type Kept } from "@/components/forms";
import { accountComplete, accountInput, accountPatch, accountsQuery, accountValues, AccountFields } from "@/components/telephony";

type Account = Schemas["TelephonyConfiguration"];

interface AccountDialogProps {
  account?: Account;
  kept?: Kept<Account>;
  onClose: () => void;
}

export function AccountDialog({ account, kept, onClose }: AccountDialogProps) {
  const { t } = useTranslation("telephony");
  const client = useQueryClient();
  const onceKey = useOnceKey();
  const fields = useFields(accountValues(account));
  const save = useMutation({
    mutationFn: () =>
      account
        ? api
            .PATCH("/api/v1/telephony-configurations/{configurationId}", {
              params: { path: { configurationId: account.id }, header: ifMatch(account.etag) },
              body: accountPatch(fields.values, account),
            })
            .then(body)
        : api
            .POST("/api/v1/telephony-configurations", {
              params: { header: { "Idempotency-Key": onceKey.of(fields.values) } },
              body: accountInput(fields.values),
            })
            .then(body),
    onSuccess: async () => {
      notifyDone(t(account ? "saved" : "added"));
      onClose();
      await client.invalidateQueries({ queryKey: accountsQuery.queryKey });
    },
    onError: onceKey.refused,
  });
  useEffect(() => kept?.typed(fields.touched));
  const loadNewer = async () => {
    const found = (await client.fetchQuery({ ...accountsQuery, staleTime: 0 })).find((each) => each.id === account?.id);
    if (found) kept?.take(found);
    else onClose();
  };
  const saved = account?.hasCredentials ?? false;
  return (
    <FormDialog
      opened
      title={account ? t("editTitle", { name: account.name }) : t("add")}
      onClose={onClose}
      onSubmit={() => save.mutate()}
      busy={save.isPending}
      error={save.error}
      submitLabel={t(account ? "action.save" : "action.add", { ns: "common" })}
      submitDisabled={!accountComplete(fields.values, saved)}
      onLoadNewer={() => void loadNewer().catch(notifyProblem)}
    >
      <AccountFields fields={fields} inputs={fields.inputs(save.error)} saved={saved} withProvider={!account} />
    </FormDialog>
  );
}
