// The stages by name, to choose one.
import { Badge, NavLink } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { problemsIn } from "../document/problems";
import { useEditor } from "../editor_context";
import { stagePath } from "./edit";
import type { Script } from "./graph";

interface StageListProps {
  script: Script;
  chosen: string;
}

export function StageList({ script, chosen }: StageListProps) {
  const { t } = useTranslation("agent");
  const { problems } = useEditor();
  return (
    <nav aria-label={t("tab.stages")}>
      {script.stages.map((stage) => {
        const count = problemsIn(problems, stagePath(stage.name)).length;
        return (
          <NavLink
            key={stage.name}
            renderRoot={(props) => <Link {...props} from="/agents/$agentId" to="." search={(old) => ({ ...old, stage: stage.name })} resetScroll={false} />}
            label={stage.name}
            description={stage.name === script.first ? t("stages.first") : undefined}
            active={stage.name === chosen}
            aria-current={stage.name === chosen ? "true" : undefined}
            rightSection={
              count > 0 ? (
                <Badge color="red" size="sm" circle aria-label={t("problems", { count })}>
                  {count}
                </Badge>
              ) : null
            }
          />
        );
      })}
    </nav>
  );
}
