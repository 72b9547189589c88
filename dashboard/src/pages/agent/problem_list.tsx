// Everything that is wrong or doubtful, each with the way to its line.
import { Alert, Anchor, List, Spoiler } from "@mantine/core";
import { IconAlertCircle, IconAlertTriangle } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ProblemAlert } from "@/components";
import { isStale } from "@/components/forms";
import type { Problem } from "./document/problems";

interface ProblemListProps {
  verdict: { problems: readonly Problem[]; warnings: readonly string[] };
  // Of saving.
  error: unknown;
}

export function ProblemList({ verdict, error }: ProblemListProps) {
  const { t } = useTranslation("agent");
  const { t: common } = useTranslation();
  const navigate = useNavigate({ from: "/agents/$agentId" });
  const { problems, warnings } = verdict;
  const spoiler = { maxHeight: 120, showLabel: common("action.show"), hideLabel: common("action.hide") };
  return (
    <div aria-live="polite">
      {problems.length > 0 ? (
        <Alert color="red" icon={<IconAlertCircle />} title={t("problems", { count: problems.length })} mb="md">
          <Spoiler {...spoiler}>
            <List size="sm" spacing={4}>
              {problems.map((problem, i) => (
                <List.Item key={i} style={{ overflowWrap: "anywhere" }}>
                  {problem.line > 0 ? (
                    <>
                      <Anchor component="button" type="button" size="sm" c="inherit" td="underline" onClick={() => void navigate({ search: (old) => ({ ...old, tab: "yaml", line: String(problem.line) }) })}>
                        {t("line", { line: problem.line })}
                      </Anchor>{" "}
                    </>
                  ) : null}
                  {problem.detail}
                </List.Item>
              ))}
            </List>
          </Spoiler>
        </Alert>
      ) : error && !isStale(error) ? (
        <div style={{ marginBottom: "var(--mantine-spacing-md)" }}>
          <ProblemAlert error={error} />
        </div>
      ) : null}
      {warnings.length > 0 ? (
        <Alert color="yellow" styles={{ title: { color: "var(--mantine-color-text)" } }} icon={<IconAlertTriangle />} title={t("warnings", { count: warnings.length })} mb="md">
          <Spoiler {...spoiler}>
            <List size="sm" spacing={4}>
              {warnings.map((warning, i) => (
                <List.Item key={i} style={{ overflowWrap: "anywhere" }}>
                  {warning}
                </List.Item>
              ))}
            </List>
          </Spoiler>
        </Alert>
      ) : null}
    </div>
  );
}
