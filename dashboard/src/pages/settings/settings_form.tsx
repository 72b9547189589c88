// Retention, chats, redaction.
import { Alert, Button, Checkbox, Group, NumberInput, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, body, ifMatch, type Schemas } from "@/api/client";
import { useMay } from "@/api/me";
import { notifyDone, notifyProblem, ProblemAlert } from "@/components";
import { ChangedMeanwhile, isStale, useFields, type Kept } from "@/components/forms";
import { settingsQuery } from "./queries";
import { shortens } from "./shortens";

type Settings = Schemas["WorkspaceSettings"];
const kinds = ["cardNumbers", "aadhaar", "pan", "phoneNumbers", "emails"] as const;

export function SettingsForm({ settings, kept }: { settings: Settings; kept: Kept<Settings> }) {
  const { t } = useTranslation("settings");
  const client = useQueryClient();
  const writes = useMay()("settings", "admin");
  const fields = useFields({ ...settings.retention, ...settings.chats, redaction: settings.redaction });
  const { recordingsDays, callsDays, minMessages, redaction } = fields.values;
  const retention = { recordingsDays, callsDays };
  const save = useMutation({
    mutationFn: () =>
      api
        .PUT("/api/v1/settings", {
          params: { header: ifMatch(settings.etag) },
          body: { retention, chats: { minMessages }, redaction },
        })
        .then(body),
    onSuccess: (saved) => {
      kept.take(saved);
      client.setQueryData(settingsQuery.queryKey, saved);
      notifyDone(t("saved"));
    },
  });
  const inputs = fields.inputs(save.error);
  useEffect(() => kept.typed(fields.touched));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const whole = (name: "recordingsDays" | "callsDays" | "minMessages", max: number) => ({
    label: t(name),
    value: fields.values[name],
    onChange: (value: string | number) => fields.set(name, Math.trunc(Number(value)) || 0),
    error: inputs.error(name),
    min: 0,
    max,
    allowDecimal: false,
    allowNegative: false,
    readOnly: !writes,
  });
  return (
    <Paper withBorder p="md">
      <form onSubmit={submit}>
        <Stack>
          <Title order={2}>{t("kept")}</Title>
          {writes ? null : <Alert color="gray" title={t("readOnly")} />}
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <NumberInput {...whole("recordingsDays", 36500)} description={t("recordingsHint")} />
            <NumberInput {...whole("callsDays", 36500)} description={t("daysHint")} />
          </SimpleGrid>
          {shortens(retention, settings.retention) ? (
            <Alert color="orange" icon={<IconAlertTriangle />} title={t("deletes")} role="status" />
          ) : null}
          <NumberInput {...whole("minMessages", 100)} description={t("minMessagesHint")} />
          <Stack gap="xs" role="group" aria-labelledby="redaction">
            <Stack gap={2}>
              <Text size="sm" fw={600} id="redaction">
                {t("redaction")}
              </Text>
              <Text size="xs" c="dimmed">
                {t("redactionHint")}
              </Text>
            </Stack>
            {kinds.map((kind) => (
              <Checkbox
                key={kind}
                label={t(`redactions.${kind}`)}
                checked={redaction[kind]}
                disabled={!writes}
                onChange={(event) => fields.set("redaction", { ...redaction, [kind]: event.currentTarget.checked })}
              />
            ))}
          </Stack>
          {isStale(save.error) ? (
            <ChangedMeanwhile onLoad={() => void client.fetchQuery({ ...settingsQuery, staleTime: 0 }).then(kept.take, notifyProblem)} />
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
  );
}
