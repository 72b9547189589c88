// An agent file from this machine becomes an agent, or the draft of the one of its name.
import { FileInput, Text } from "@mantine/core";
import { IconFileText } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { notifyDone } from "@/components";
import { rememberAgent } from "@/components/agents";
import { FormDialog, useOnceKey } from "@/components/forms";

const kLargest = 1_000_000;

export function ImportDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("agents");
  const [file, setFile] = useState<File | null>(null);
  const navigate = useNavigate();
  const once = useOnceKey();
  const load = useMutation({
    mutationFn: async () => {
      const text = (await file?.text()) ?? "";
      return api
        .POST("/api/v1/agents/import", {
          params: { header: { "Idempotency-Key": once.of(text) } },
          headers: { "Content-Type": "text/yaml" },
          body: text,
          bodySerializer: (plain) => plain,
        })
        .then(body);
    },
    onSuccess: (agent) => {
      rememberAgent(agent);
      notifyDone(t("imported", { name: agent.name }));
      onClose();
      void navigate({ to: "/agents/$agentId", params: { agentId: agent.name } });
    },
    onError: once.refused,
  });
  const tooLarge = (file?.size ?? 0) > kLargest;
  return (
    <FormDialog
      opened={opened}
      title={t("importTitle")}
      onClose={onClose}
      onSubmit={() => load.mutate()}
      busy={load.isPending}
      error={load.error}
      submitLabel={t("importSubmit")}
      submitDisabled={!file || tooLarge}
    >
      <Text size="sm">{t("importHint")}</Text>
      <FileInput
        label={t("importFile")}
        placeholder={t("importChoose")}
        leftSection={<IconFileText size={16} />}
        accept=".yaml,.yml,.json,text/yaml,application/json"
        value={file}
        onChange={(chosen) => {
          setFile(chosen);
          load.reset();
        }}
        error={tooLarge ? t("tooLarge") : undefined}
        clearable
      />
    </FormDialog>
  );
}
