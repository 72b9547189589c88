// Which agent answers a number; none: the one published last.
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { agentsQuery } from "./queries";

interface AgentSelectProps {
  value: string | null;
  onChange: (value: string | null) => void;
  error?: string;
  readOnly?: boolean;
}

export function AgentSelect({ value, onChange, error, readOnly }: AgentSelectProps) {
  const { t } = useTranslation("carrier");
  const agents = useQuery(agentsQuery);
  const data = [
    { value: "", label: t("agentNone") },
    ...(agents.data ?? []).map((agent) => ({
      value: agent.id,
      label: agent.publishedVersion === null ? t("agentDraft", { name: agent.name }) : agent.name,
    })),
  ];
  return (
    <Select
      label={t("agent")}
      description={t("agentHint")}
      data={data}
      value={value ?? ""}
      onChange={(chosen) => onChange(chosen || null)}
      allowDeselect={false}
      error={error}
      readOnly={readOnly}
      searchable={data.length > 8}
    />
  );
}
