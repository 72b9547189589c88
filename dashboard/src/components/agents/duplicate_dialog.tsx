// A copy of an agent under another name.
import { TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { Problem } from "@/api/problem";
import { FormDialog, useOnceKey } from "../forms";
import { notifyDone } from "../notify";
import { rememberAgent, type Agent } from "./queries";

interface DuplicateDialogProps {
  agent: { id: string; name: string };
  opened: boolean;
  onClose: () => void;
  onDone: (copy: Agent) => void;
}

export function DuplicateDialog({ agent, opened, onClose, onDone }: DuplicateDialogProps) {
  const { t } = useTranslation("agent_parts");
  const [name, setName] = useState(`${agent.name}-copy`);
  const once = useOnceKey();
  const duplicate = useMutation({
    mutationFn: () =>
      api
        .POST("/api/v1/agents/{agentId}/duplicate", {
          params: { path: { agentId: agent.id }, header: { "Idempotency-Key": once.of({ id: agent.id, name }) } },
          body: { name },
        })
        .then(body),
    onSuccess: (copy) => {
      rememberAgent(copy);
      notifyDone(t("duplicated", { name: copy.name }));
      onDone(copy);
    },
    onError: once.refused,
  });
  return (
    <FormDialog
      opened={opened}
      title={t("duplicateTitle", { name: agent.name })}
      onClose={onClose}
      onSubmit={() => duplicate.mutate()}
      busy={duplicate.isPending}
      error={duplicate.error}
      submitLabel={t("duplicate")}
    >
      <TextInput
        label={t("newName")}
        description={t("nameRule")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={duplicate.error instanceof Problem ? duplicate.error.about("name") : undefined}
        required
        data-autofocus
      />
    </FormDialog>
  );
}
