// Who is talked to: the workspace's own agents, and those that come with the program.
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { agentsQuery, samplesQuery } from "@/components/agents/queries";
import "./texts";

export interface AgentChoice {
  name: string;
  summary: string;
  // It has never been published: only its draft can be talked to.
  draftOnly: boolean;
  sample: boolean;
}

// Own agents hide samples of the same name. undefined: not known yet.
export function useAgentChoices(): AgentChoice[] | undefined {
  const allowed = useMay()("agents", "read");
  const own = useQuery({ ...agentsQuery, enabled: allowed });
  const samples = useQuery({ ...samplesQuery, enabled: allowed });
  if (!allowed || (own.isError && samples.isError)) return [];
  if (own.isPending || samples.isPending) return undefined;
  const mine = (own.data?.items ?? []).map((agent) => ({
    name: agent.name, summary: "", draftOnly: agent.publishedVersion === null, sample: false,
  }));
  const names = new Set(mine.map((agent) => agent.name));
  const given = (samples.data?.items ?? [])
    .filter((agent) => !names.has(agent.name))
    .map((agent) => ({ name: agent.name, summary: agent.summary, draftOnly: false, sample: true }));
  return [...mine, ...given];
}

interface AgentPickerProps {
  choices: readonly AgentChoice[];
  value: string;
  onChange: (name: string) => void;
  disabled?: boolean;
}

export function AgentPicker({ choices, value, onChange, disabled }: AgentPickerProps) {
  const { t } = useTranslation("conversation");
  const chosen = choices.find((agent) => agent.name === value);
  const option = (agent: AgentChoice) => ({
    value: agent.name,
    label: agent.draftOnly ? t("agent.draftOnly", { name: agent.name }) : agent.name,
  });
  // An agent of the address that is not in the list (an id, or no right to see agents) is called all the same.
  const other = value && !chosen ? [{ value, label: value }] : [];
  return (
    <Select
      label={t("agent.label")}
      description={chosen?.summary || undefined}
      placeholder={t("agent.choose")}
      searchable
      allowDeselect={false}
      maw={480}
      disabled={disabled}
      nothingFoundMessage={t("agent.none")}
      value={value || null}
      onChange={(name) => name && onChange(name)}
      data={[
        { group: t("agent.own"), items: [...choices.filter((agent) => !agent.sample).map(option), ...other] },
        { group: t("agent.samples"), items: choices.filter((agent) => agent.sample).map(option) },
      ].filter((group) => group.items.length > 0)}
    />
  );
}
