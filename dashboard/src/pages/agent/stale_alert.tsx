// Somebody else saved while this text was changed: neither of the two is lost without a word.
import { Alert, Button, Group, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { notifyProblem } from "@/components";
import { download } from "@/components/agents";
import type { Draft } from "./use_draft";

export function StaleAlert({ draft }: { draft: Draft }) {
  const { t } = useTranslation("agent");
  const [busy, setBusy] = useState("");
  const run = (name: string, what: () => Promise<void>) => {
    setBusy(name);
    what()
      .catch(notifyProblem)
      .finally(() => setBusy(""));
  };
  return (
    <Alert color="yellow" styles={{ title: { color: "var(--mantine-color-text)" } }} icon={<IconUsers />} title={t("stale.title")} role="alert">
      <Text size="sm" mb="xs">
        {t("stale.hint")}
      </Text>
      <Group gap="xs">
        <Button size="xs" variant="default" loading={busy === "theirs"} onClick={() => run("theirs", draft.loadNewer)}>
          {t("stale.theirs")}
        </Button>
        <Button size="xs" variant="default" loading={busy === "mine"} onClick={() => run("mine", draft.keepMine)}>
          {t("stale.mine")}
        </Button>
        <Button size="xs" variant="default" onClick={() => download(`${draft.agent.name}.yaml`, draft.text)}>
          {t("stale.download")}
        </Button>
      </Group>
    </Alert>
  );
}
