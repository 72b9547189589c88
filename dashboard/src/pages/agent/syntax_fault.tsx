// In the place of a form: a text that cannot be read has nothing to show in fields.
import { Button } from "@mantine/core";
import { IconCode } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components";
import { useEditor } from "./editor_context";

export function SyntaxFault() {
  const { t } = useTranslation("agent");
  const { parsed } = useEditor();
  const navigate = useNavigate({ from: "/agents/$agentId" });
  const line = parsed.fault?.line ?? 1;
  return (
    <EmptyState
      icon={<IconCode />}
      title={t("fault.title")}
      action={<Button onClick={() => void navigate({ search: (old) => ({ ...old, tab: "yaml", line: String(line) }) })}>{t("fault.open", { line })}</Button>}
    >
      {t("fault.hint")}
    </EmptyState>
  );
}
