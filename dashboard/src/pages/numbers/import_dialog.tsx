// A number of a carrier becomes one of ours, with its account in the same dialog when that is not saved yet.
import { Alert, Divider, Radio, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useMay } from "@/api/me";
import { notifyDone } from "@/components";
import { FormDialog, useFields, useOnceKey } from "@/components/forms";
import { accountComplete, accountsQuery, accountValues, AccountFields, AgentSelect, AnswerFields } from "@/components/telephony";
import { importNumber, type NumberValues } from "./import_number";

const empty: NumberValues = {
  provider: "exotel",
  phoneNumber: "",
  displayName: "",
  accountFrom: "server",
  accountId: null,
  linkedAgentId: null,
  answerWith: null,
  afterRecording: null,
};

export function ImportDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("numbers");
  const { t: c } = useTranslation("carrier");
  const may = useMay();
  const client = useQueryClient();
  const navigate = useNavigate();
  const fields = useFields(empty);
  const account = useFields(accountValues());
  const accountKey = useOnceKey();
  const numberKey = useOnceKey();
  const [made, setMade] = useState<Schemas["TelephonyConfiguration"] | null>(null);
  const accounts = useQuery({ ...accountsQuery, enabled: may("telephony", "read") });
  const save = useMutation({
    mutationFn: () => importNumber(fields.values, account.values, { made, onAccount: setMade, accountKey, numberKey }),
    onSuccess: async (number) => {
      notifyDone(t("imported"));
      await navigate({ to: "/numbers/$numberId", params: { numberId: number.id }, search: {} });
      void client.invalidateQueries({ queryKey: ["phone-numbers"] });
    },
    onError: (error) => {
      accountKey.refused(error);
      numberKey.refused(error);
    },
    onSettled: () => client.invalidateQueries({ queryKey: accountsQuery.queryKey }),
  });
  const inputs = fields.inputs(save.error);
  const { provider, accountFrom, phoneNumber } = fields.values;
  const saved = (accounts.data ?? []).filter((each) => each.provider === provider);
  const mayAdd = may("telephony", "admin");
  const choose = (value: NumberValues["provider"]) => {
    fields.set("provider", value);
    fields.set("accountId", null);
    account.set("provider", value);
  };
  const ready =
    phoneNumber.trim() !== "" &&
    (accountFrom !== "saved" || fields.values.accountId !== null) &&
    (accountFrom !== "new" || made !== null || accountComplete(account.values, false));

  return (
    <FormDialog
      opened
      size="lg"
      title={t("import")}
      onClose={onClose}
      onSubmit={() => save.mutate()}
      busy={save.isPending}
      error={save.error}
      submitLabel={t("import")}
      submitDisabled={!ready}
    >
      <Stack gap={4}>
        <Text size="sm" fw={600} id="number-provider">
          {t("provider")}
        </Text>
        <SegmentedControl
          aria-labelledby="number-provider"
          value={provider}
          onChange={(value) => choose(value as NumberValues["provider"])}
          disabled={made !== null}
          data={(["exotel", "twilio"] as const).map((value) => ({ value, label: c(`providers.${value}`) }))}
        />
      </Stack>
      <TextInput
        {...inputs.text("phoneNumber")}
        label={t("phoneNumber")}
        description={t("phoneNumberHint")}
        required
        data-autofocus
        inputMode="tel"
        autoComplete="off"
        maxLength={40}
      />
      <TextInput {...inputs.text("displayName")} label={t("displayName")} description={t("displayNameHint")} maxLength={100} autoComplete="off" />
      <AgentSelect
        value={fields.values.linkedAgentId}
        onChange={(value) => fields.set("linkedAgentId", value)}
        error={inputs.error("linkedAgentId")}
      />
      <AnswerFields
        answerWith={fields.values.answerWith}
        afterRecording={fields.values.afterRecording}
        onChange={(answer) => {
          fields.set("answerWith", answer.answerWith);
          fields.set("afterRecording", answer.afterRecording);
        }}
      />
      <Divider />
      {made ? (
        <Alert color="teal" variant="light" role="status" title={t("accountMade", { name: made.name })} />
      ) : (
        <>
          <Radio.Group
            label={t("accountWhich")}
            value={accountFrom}
            onChange={(value) => fields.set("accountFrom", value as NumberValues["accountFrom"])}
          >
            <Stack gap="xs" mt={4}>
              <Radio value="server" label={t("accountServer")} description={provider === "exotel" ? t("accountServerHint") : undefined} />
              <Radio
                value="saved"
                label={t("accountSaved")}
                disabled={saved.length === 0}
                description={saved.length === 0 ? t("accountNone") : undefined}
              />
              <Radio value="new" label={t("accountNew")} disabled={!mayAdd} description={mayAdd ? undefined : t("accountNewRefused")} />
            </Stack>
          </Radio.Group>
          {accountFrom === "saved" ? (
            <Select
              label={t("accountPick")}
              required
              data={saved.map((each) => ({ value: each.id, label: `${each.name} (${each.sid})` }))}
              value={fields.values.accountId}
              onChange={(value) => fields.set("accountId", value)}
              error={inputs.error("accountId")}
            />
          ) : null}
          {accountFrom === "new" ? <AccountFields fields={account} inputs={account.inputs(save.error)} /> : null}
        </>
      )}
    </FormDialog>
  );
}
