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
  const data = (agents.data ?? []).map((agent) => ({
    value: agent.id,
    label: agent.publishedVersion === null ? t("agentDraft", { name: agent.name }) : agent.name,
  }));
  return (
    <Select
      label={t("agent")}
      description={t("agentHint")}
      placeholder={t("agentNone")}
      data={data}
      value={value}
      onChange={onChange}
      error={error}
      clearable={!readOnly}
      readOnly={readOnly}
      searchable={data.length > 8}
      clearButtonProps={{ "aria-label": t("agentClear") }}
    />
  );
}
