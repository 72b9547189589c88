// Pages that need an agent: which one is chosen, and what to do when there is none.
import { IconRobot } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState, LoadingState } from "@/components";
import { ButtonLink } from "@/components/links";
import { useMay } from "@/api/me";
import { useAgentChoices, type AgentChoice } from "./agent_picker";
import "./texts";

interface AgentGateProps {
  // Of the address; without it the first there is.
  wanted: string | undefined;
  children: (agent: string, choices: readonly AgentChoice[]) => ReactNode;
}

export function AgentGate({ wanted, children }: AgentGateProps) {
  const { t } = useTranslation("conversation");
  const may = useMay();
  const choices = useAgentChoices();
  if (!choices) return <LoadingState />;
  const agent = wanted || choices[0]?.name;
  if (agent) return <>{children(agent, choices)}</>;
  return (
    <EmptyState
      icon={<IconRobot />}
      title={t("agent.empty")}
      action={may("agents", "write") ? <ButtonLink to="/agents/new">{t("agent.create")}</ButtonLink> : null}
    >
      {t("agent.emptyHint")}
    </EmptyState>
  );
}
