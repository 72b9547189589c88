import { Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { notifyDone } from "@/components";
import { FormDialog } from "@/components/forms";
import type { Draft } from "./use_draft";

export function PublishDialog({ draft, opened, onClose }: { draft: Draft; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("agent");
  const [note, setNote] = useState("");
  const submit = () =>
    draft.publish.mutate(note.trim(), {
      onSuccess: (agent) => {
        notifyDone(t("publish.done", { name: agent.name, number: agent.publishedVersion }));
        setNote("");
        onClose();
      },
    });
  return (
    <FormDialog
      opened={opened}
      title={t("publish.title", { name: draft.agent.name })}
      onClose={onClose}
      onSubmit={submit}
      busy={draft.publish.isPending}
      error={draft.publish.error}
      submitLabel={t("publish.button")}
      onLoadNewer={() => void draft.loadNewer().then(onClose)}
    >
      <Text size="sm">{draft.dirty ? t("publish.hintUnsaved") : t("publish.hint")}</Text>
      <Textarea
        label={t("publish.note")}
        description={t("publish.noteHint")}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        maxLength={500}
        autosize
        minRows={2}
        data-autofocus
      />
    </FormDialog>
  );
}
