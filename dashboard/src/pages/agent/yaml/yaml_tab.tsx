// The text itself. The editor comes when the tab is opened.
import { Suspense, lazy } from "react";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Stack, Text } from "@mantine/core";
import { loadPart } from "@/api/load_part";
import { LoadingState } from "@/components";
import { useEditor } from "../editor_context";

const YamlEditor = lazy(() => loadPart(() => import("./yaml_editor")));

export function YamlTab() {
  const { t } = useTranslation("agent");
  const editor = useEditor();
  const { line } = useSearch({ from: "/shell/agents/$agentId" });
  return (
    <Stack gap={6}>
      <Suspense fallback={<LoadingState height={480} />}>
        <YamlEditor editor={editor} line={line ? Number(line) : undefined} />
      </Suspense>
      <Text size="xs" c="dimmed">
        {t("yaml.hint")}
      </Text>
    </Stack>
  );
}
