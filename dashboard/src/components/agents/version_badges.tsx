import { Badge, Group, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";

// Which version answers, and whether there is a draft beside it.
export function VersionBadges({ agent }: { agent: { publishedVersion: number | null; hasDraft: boolean } }) {
  const { t } = useTranslation("agent_parts");
  return (
    <Group gap={6} wrap="nowrap" display="inline-flex">
      <Badge variant="light" color={agent.publishedVersion === null ? "gray" : "teal"} tt="none">
        {agent.publishedVersion === null ? t("unpublished") : t("version", { number: agent.publishedVersion })}
      </Badge>
      {agent.hasDraft ? (
        <Tooltip label={t("draftHint")} multiline maw={280} disabled={agent.publishedVersion === null}>
          <Badge variant="outline" color="orange" c="light-dark(#a83b08, #ffa94d)" tt="none">
            {t("draft")}
          </Badge>
        </Tooltip>
      ) : null}
    </Group>
  );
}
