import { Alert, Button, Group, Paper, Stack, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, body, ifMatch, type Schemas } from "@/api/client";
import { useMay } from "@/api/me";
import { notifyDone, notifyProblem, ProblemAlert } from "@/components";
import { ChangedMeanwhile, isStale, useFields, type Kept } from "@/components/forms";
import { WebhookFields, webhookQuery, type EventName } from "@/components/webhooks";

type Webhook = Schemas["Webhook"];

export function SettingsForm({ webhook, kept }: { webhook: Webhook; kept: Kept<Webhook> }) {
  const { t } = useTranslation("webhook");
  const client = useQueryClient();
  const writes = useMay()("webhooks", "admin");
  const { url, description, enabled } = webhook;
  const fields = useFields({ url, description, enabled, events: webhook.events as EventName[] });
  const save = useMutation({
    mutationFn: () =>
      api
        .PATCH("/api/v1/webhooks/{webhookId}", {
          params: { path: { webhookId: webhook.id }, header: ifMatch(webhook.etag) },
          body: fields.values,
        })
        .then(body),
    onSuccess: async (saved) => {
      kept.take(saved);
      client.setQueryData(webhookQuery(webhook.id).queryKey, saved);
      notifyDone(t("saved"));
      await client.invalidateQueries({ queryKey: ["webhooks"] });
    },
  });
  useEffect(() => kept.typed(fields.touched));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Paper withBorder p="md">
      <form onSubmit={submit} noValidate>
        <Stack maw={720}>
          <Title order={2}>{t("settings")}</Title>
          {writes ? null : <Alert color="gray" title={t("readOnly")} />}
          <WebhookFields fields={fields} inputs={fields.inputs(save.error)} readOnly={!writes} />
          {isStale(save.error) ? (
            <ChangedMeanwhile onLoad={() => void client.fetchQuery({ ...webhookQuery(webhook.id), staleTime: 0 }).then(kept.take, notifyProblem)} />
          ) : (
            <ProblemAlert error={save.error} />
          )}
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending} disabled={!writes || fields.values.events.length === 0}>
              {t("action.save", { ns: "common" })}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
