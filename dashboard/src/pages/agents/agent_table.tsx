// Agents as a table; on a narrow screen each is a card.
import { Group, Paper, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { showDateTime } from "@/api/format";
import { VersionBadges, type AgentSummary } from "@/components/agents";
import { AnchorLink } from "@/components/links";
import { AgentActions } from "./agent_actions";

function Name({ agent }: { agent: AgentSummary }) {
  return (
    <AnchorLink to="/agents/$agentId" params={{ agentId: agent.name }} fw={600} style={{ overflowWrap: "anywhere" }}>
      {agent.name}
    </AnchorLink>
  );
}

export function AgentTable({ agents }: { agents: readonly AgentSummary[] }) {
  const { t } = useTranslation("agents");
  const when = (iso: string | null) => (iso ? showDateTime(iso) : t("never"));
  return (
    <>
      <Paper withBorder visibleFrom="sm" style={{ overflow: "hidden" }}>
        <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover aria-label={t("title")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t("column.name")}</Table.Th>
              <Table.Th scope="col">{t("column.state")}</Table.Th>
              <Table.Th scope="col" visibleFrom="md">
                {t("column.published")}
              </Table.Th>
              <Table.Th scope="col">{t("column.updated")}</Table.Th>
              <Table.Th scope="col" w={1}>
                <Text span className="mantine-visually-hidden" fz={0}>
                  {t("column.actions")}
                </Text>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {agents.map((agent) => (
              <Table.Tr key={agent.id}>
                <Table.Td>
                  <Name agent={agent} />
                </Table.Td>
                <Table.Td>
                  <VersionBadges agent={agent} />
                </Table.Td>
                <Table.Td visibleFrom="md">{when(agent.publishedAt)}</Table.Td>
                <Table.Td>{when(agent.updatedAt)}</Table.Td>
                <Table.Td>
                  <AgentActions agent={agent} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Paper>
      <Stack hiddenFrom="sm" gap="sm" role="list" aria-label={t("title")}>
        {agents.map((agent) => (
          <Paper key={agent.id} withBorder p="sm" role="listitem">
            <Group justify="space-between" align="flex-start" wrap="nowrap">
              <Stack gap={4} style={{ minWidth: 0 }}>
                <Name agent={agent} />
                <VersionBadges agent={agent} />
                <Text size="xs" c="dimmed">
                  {t("column.updated")}: {when(agent.updatedAt)}
                </Text>
              </Stack>
              <AgentActions agent={agent} />
            </Group>
          </Paper>
        ))}
      </Stack>
    </>
  );
}
