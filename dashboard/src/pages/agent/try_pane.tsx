// A conversation with the draft beside the editor: as it is saved, by voice or by text.
import { Alert, Button, CloseButton, Group, Paper, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";
import { loadPart } from "@/api/load_part";
import { LoadingState } from "@/components";
import type { Draft } from "./use_draft";
import classes from "./agent.module.css";

const VoiceCall = lazy(() => loadPart(() => import("@/components/conversation")).then((module) => ({ default: module.VoiceCall })));
const TextChat = lazy(() => loadPart(() => import("@/components/conversation")).then((module) => ({ default: module.TextChat })));

export function TryPane({ draft, onSave }: { draft: Draft; onSave: () => void }) {
  const { t } = useTranslation("agent");
  const search = useSearch({ from: "/shell/agents/$agentId" });
  const navigate = useNavigate({ from: "/agents/$agentId" });
  const mode = search.try === "text" ? "text" : "voice";
  const { agent, dirty } = draft;
  return (
    <Paper withBorder p="md" className={classes.pane} component="section" aria-labelledby="try-title">
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} id="try-title">
            {t("try.title")}
          </Title>
          <CloseButton aria-label={t("try.close")} onClick={() => void navigate({ search: (old) => ({ ...old, try: undefined }) })} />
        </Group>
        <SegmentedControl
          value={mode}
          onChange={(value) => void navigate({ search: (old) => ({ ...old, try: value }), replace: true })}
          data={[
            { value: "voice", label: t("try.voice") },
            { value: "text", label: t("try.text") },
          ]}
          aria-label={t("try.mode")}
          fullWidth
        />
        {dirty ? (
          <Alert color="yellow" variant="light">
            <Group justify="space-between" gap="xs">
              <Text size="sm">{t("try.unsaved")}</Text>
              <Button size="xs" variant="default" loading={draft.save.isPending} onClick={onSave}>
                {t("save")}
              </Button>
            </Group>
          </Alert>
        ) : (
          <Text size="sm" c="dimmed">
            {agent.hasDraft ? t("try.draft") : t("try.published")}
          </Text>
        )}
        <Suspense fallback={<LoadingState />}>
          {mode === "voice" ? <VoiceCall agent={agent.id} draft={agent.hasDraft} /> : <TextChat key={agent.etag} agent={agent.id} draft={agent.hasDraft} />}
        </Suspense>
      </Stack>
    </Paper>
  );
}
