// What may be changed of a number, and forgetting it.
import { Alert, Button, Group, Paper, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, body, ifMatch, type Schemas } from "@/api/client";
import { showNumber } from "@/api/format";
import { useMay } from "@/api/me";
import { ConfirmButton, notifyDone, notifyProblem, ProblemAlert } from "@/components";
import { ChangedMeanwhile, isStale, useFields, type Kept } from "@/components/forms";
import { accountsQuery, AgentSelect, AnswerFields } from "@/components/telephony";
import { numberQuery } from "./queries";

type PhoneNumber = Schemas["PhoneNumber"];

export function SettingsForm({ number, kept }: { number: PhoneNumber; kept: Kept<PhoneNumber> }) {
  const { t } = useTranslation("number");
  const client = useQueryClient();
  const navigate = useNavigate();
  const may = useMay();
  const writes = may("numbers", "write");
  const path = { phoneNumberId: number.id };
  const accounts = useQuery({ ...accountsQuery, enabled: may("telephony", "read") });
  const { displayName, linkedAgentId, telephonyConfigurationId, status, answerWith, afterRecording } = number;
  const fields = useFields({ displayName, linkedAgentId, telephonyConfigurationId, status, answerWith, afterRecording });
  const save = useMutation({
    mutationFn: () =>
      api
        .PATCH("/api/v1/phone-numbers/{phoneNumberId}", { params: { path, header: ifMatch(number.etag) }, body: fields.values })
        .then(body),
    onSuccess: async (saved) => {
      kept.take(saved);
      client.setQueryData(numberQuery(number.id).queryKey, saved);
      notifyDone(t("settings.saved"));
      await client.invalidateQueries({ queryKey: ["phone-numbers"] });
    },
  });
  const inputs = fields.inputs(save.error);
  useEffect(() => kept.typed(fields.touched));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const remove = async () => {
    await api.DELETE("/api/v1/phone-numbers/{phoneNumberId}", { params: { path } });
    notifyDone(t("delete.done"));
    await navigate({ to: "/numbers", search: {} });
    client.removeQueries({ queryKey: numberQuery(number.id).queryKey });
    await client.invalidateQueries({ queryKey: ["phone-numbers"] });
  };
  const same = (accounts.data ?? []).filter((account) => account.provider === number.provider);
  return (
    <Stack>
      <Paper withBorder p="md">
        <form onSubmit={submit}>
          <Stack maw={640}>
            {writes ? null : <Alert color="gray" title={t("settings.readOnly")} />}
            <TextInput {...inputs.text("displayName")} label={t("settings.name")} maxLength={100} readOnly={!writes} autoComplete="off" />
            <AgentSelect
              value={fields.values.linkedAgentId}
              onChange={(value) => fields.set("linkedAgentId", value)}
              error={inputs.error("linkedAgentId")}
              readOnly={!writes}
            />
            <Select
              label={t("settings.status")}
              data={(["active", "inactive"] as const).map((value) => ({ value, label: t(`settings.${value}`) }))}
              value={fields.values.status}
              onChange={(value) => fields.set("status", value === "inactive" ? "inactive" : "active")}
              allowDeselect={false}
              readOnly={!writes}
            />
            <Select
              label={t("settings.account")}
              data={[
                { value: "", label: t("settings.accountNone") },
                ...same.map((account) => ({ value: account.id, label: `${account.name} (${account.sid})` })),
              ]}
              value={fields.values.telephonyConfigurationId ?? ""}
              onChange={(value) => fields.set("telephonyConfigurationId", value || null)}
              allowDeselect={false}
              error={inputs.error("telephonyConfigurationId")}
              readOnly={!writes}
            />
            <AnswerFields
              answerWith={fields.values.answerWith}
              afterRecording={fields.values.afterRecording}
              disabled={!writes}
              onChange={(answer) => {
                fields.set("answerWith", answer.answerWith);
                fields.set("afterRecording", answer.afterRecording);
              }}
            />
            {isStale(save.error) ? (
              <ChangedMeanwhile onLoad={() => void client.fetchQuery({ ...numberQuery(number.id), staleTime: 0 }).then(kept.take, notifyProblem)} />
            ) : (
              <ProblemAlert error={save.error} />
            )}
            <Group justify="flex-end">
              <Button type="submit" loading={save.isPending} disabled={!writes}>
                {t("action.save", { ns: "common" })}
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
      {writes ? (
        <Paper withBorder p="md">
          <Group justify="space-between" align="flex-start">
            <Stack gap={4} style={{ flex: "1 1 280px" }}>
              <Title order={2}>{t("delete.title")}</Title>
              <Text size="sm" c="dimmed">
                {t("delete.hint")}
              </Text>
            </Stack>
            <ConfirmButton
              question={t("delete.question", { number: showNumber(number.phoneNumber) })}
              explanation={t("delete.hint")}
              confirmLabel={t("action.delete", { ns: "common" })}
              onConfirm={remove}
            >
              {t("action.delete", { ns: "common" })}
            </ConfirmButton>
          </Group>
        </Paper>
      ) : null}
    </Stack>
  );
}
