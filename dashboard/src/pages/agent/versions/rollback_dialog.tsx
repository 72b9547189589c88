import { Alert, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { notifyDone } from "@/components";
import type { AgentVersion } from "@/components/agents";
import { FormDialog } from "@/components/forms";
import type { Draft } from "../use_draft";

export function RollbackDialog({ draft, version, onClose }: { draft: Draft; version: AgentVersion; onClose: () => void }) {
  const { t } = useTranslation("agent");
  const [note, setNote] = useState(t("rollback.note", { number: version.number }));
  const roll = useMutation({
    mutationFn: () => draft.rollBack(version.number, note.trim()),
    onSuccess: (agent) => {
      notifyDone(t("rollback.done", { number: version.number, now: agent.publishedVersion }));
      onClose();
    },
  });
  return (
    <FormDialog
      opened
      title={t("rollback.title", { number: version.number })}
      onClose={onClose}
      onSubmit={() => roll.mutate()}
      busy={roll.isPending}
      error={roll.error}
      submitLabel={t("versions.rollBack")}
      onLoadNewer={() => void draft.loadNewer().then(onClose)}
    >
      <Text size="sm">{t("rollback.hint")}</Text>
      {draft.dirty || draft.agent.hasDraft ? <Alert color="yellow">{t("rollback.draft")}</Alert> : null}
      <Textarea label={t("publish.note")} value={note} onChange={(event) => setNote(event.currentTarget.value)} maxLength={500} autosize minRows={2} data-autofocus />
    </FormDialog>
  );
}
