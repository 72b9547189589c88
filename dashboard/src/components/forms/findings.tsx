// What a check found: each with its sign, a word, and what to do.
import { Alert, List, Loader, Group, Text, ThemeIcon } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { ProblemAlert } from "../problem_alert";

const signs = {
  ok: { color: "teal", icon: <IconCheck size={14} /> },
  warning: { color: "yellow", icon: <IconAlertTriangle size={14} /> },
  error: { color: "red", icon: <IconX size={14} /> },
};

interface FindingsProps {
  check: Schemas["Check"] | undefined;
  busy: boolean;
  error: unknown;
}

export function Findings({ check, busy, error }: FindingsProps) {
  const { t } = useTranslation("forms");
  if (busy) {
    return (
      <Group gap="xs" role="status">
        <Loader size="xs" aria-hidden />
        <Text size="sm">{t("checkRunning")}</Text>
      </Group>
    );
  }
  if (error) return <ProblemAlert error={error} />;
  if (!check) return null;
  const warned = check.findings.some((finding) => finding.level === "warning");
  const color = check.ok ? (warned ? "yellow" : "teal") : "red";
  return (
    <Alert color={color} variant="outline" role="status" title={t(check.ok ? (warned ? "checkWarned" : "checkOk") : "checkBad")}>
      <List spacing="xs" size="sm" center={false}>
        {check.findings.map((finding, index) => (
          <List.Item
            key={index}
            icon={
              <ThemeIcon size={20} radius="xl" color={signs[finding.level].color} aria-label={t(`finding.${finding.level}`)} role="img">
                {signs[finding.level].icon}
              </ThemeIcon>
            }
          >
            <Text size="sm" fw={600} span>
              {t(`about.${finding.about}`, { defaultValue: finding.about })}:{" "}
            </Text>
            <Text size="sm" span style={{ overflowWrap: "anywhere" }}>
              {finding.text}
            </Text>
            {finding.fix ? (
              <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                → {finding.fix}
              </Text>
            ) : null}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
