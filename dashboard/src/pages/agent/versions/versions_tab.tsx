// What was published, what differs from one to another, and the way back.
import { Badge, Button, Group, NativeSelect, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { IconArrowBackUp, IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { showDateTime } from "@/api/format";
import { EmptyState, QueryStates } from "@/components";
import { versionsQuery, type AgentVersion } from "@/components/agents";
import { AllowedButton, ScrollTable } from "@/components/forms";
import type { Draft } from "../use_draft";
import { DiffView } from "./diff_view";
import { RollbackDialog } from "./rollback_dialog";

function Who({ by }: { by: string }) {
  const { t } = useTranslation("agent");
  const [kind = "", id = ""] = by.split(":");
  return <>{t(`versions.by.${kind}`, { id, defaultValue: by })}</>;
}

function Versions({ items, draft }: { items: readonly AgentVersion[]; draft: Draft }) {
  const { t } = useTranslation("agent");
  const search = useSearch({ from: "/shell/agents/$agentId" });
  const navigate = useNavigate({ from: "/agents/$agentId" });
  const [back, setBack] = useState<AgentVersion | null>(null);
  const current = items.find((version) => version.current);
  const numbers = items.map((version) => String(version.number));
  const hasText = draft.agent.hasDraft || draft.dirty;
  const to = search.to && (search.to === "draft" || numbers.includes(search.to)) ? search.to : hasText ? "draft" : (numbers[0] ?? "");
  const before = to === "draft" ? String(current?.number ?? numbers[0]) : (numbers[numbers.indexOf(to) + 1] ?? to);
  const from = search.compare && numbers.includes(search.compare) ? search.compare : before;
  const compare = (left: string, right: string) => void navigate({ search: (old) => ({ ...old, compare: left, to: right }), replace: true, resetScroll: false });
  const nameOf = (number: string) => t("version", { ns: "agent_parts", number });

  return (
    <Stack gap="lg">
      <ScrollTable label={t("tab.versions")} minWidth={620}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t("versions.number")}</Table.Th>
            <Table.Th scope="col">{t("versions.note")}</Table.Th>
            <Table.Th scope="col">{t("versions.when")}</Table.Th>
            <Table.Th scope="col">{t("versions.who")}</Table.Th>
            <Table.Th scope="col">
              <Text span className="mantine-visually-hidden" fz={0}>
                {t("versions.actions")}
              </Text>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((version, i) => (
            <Table.Tr key={version.number}>
              <Table.Td>
                <Group gap="xs" wrap="nowrap">
                  <span className="numeric">{version.number}</span>
                  {version.current ? (
                    <Badge variant="light" tt="none" style={{ flexShrink: 0 }}>
                      {t("versions.current")}
                    </Badge>
                  ) : null}
                </Group>
              </Table.Td>
              <Table.Td maw={280} style={{ overflowWrap: "anywhere" }}>
                {version.note || "–"}
              </Table.Td>
              <Table.Td>{showDateTime(version.publishedAt)}</Table.Td>
              <Table.Td maw={160} style={{ overflowWrap: "anywhere" }}>
                <Who by={version.publishedBy} />
              </Table.Td>
              <Table.Td>
                <Group gap={4} wrap="nowrap" justify="flex-end">
                  {i === items.length - 1 ? null : (
                    <Button size="compact-sm" variant="subtle" onClick={() => compare(numbers[i + 1] ?? "", String(version.number))} aria-label={t("versions.changesOf", { number: version.number })}>
                      {t("versions.changes")}
                    </Button>
                  )}
                  {version.current ? null : (
                    <AllowedButton resource="agents" level="write" size="compact-sm" variant="subtle" leftSection={<IconArrowBackUp size={14} />} onClick={() => setBack(version)}>
                      {t("versions.rollBack")}
                    </AllowedButton>
                  )}
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      <Paper withBorder p="md">
        <Stack gap="sm">
          <Group justify="space-between" align="flex-end">
            <Title order={2}>{t("versions.differences")}</Title>
            <Group gap="xs" align="flex-end">
              <NativeSelect label={t("versions.from")} value={from} onChange={(event) => compare(event.currentTarget.value, to)} data={numbers.map((value) => ({ value, label: nameOf(value) }))} />
              <NativeSelect
                label={t("versions.to")}
                value={to}
                onChange={(event) => compare(from, event.currentTarget.value)}
                data={[{ value: "draft", label: t("versions.thisText") }, ...numbers.map((value) => ({ value, label: nameOf(value) }))]}
              />
            </Group>
          </Group>
          <DiffView draft={draft} from={Number(from)} to={to === "draft" ? "draft" : Number(to)} />
        </Stack>
      </Paper>
      {back ? <RollbackDialog draft={draft} version={back} onClose={() => setBack(null)} /> : null}
    </Stack>
  );
}

export function VersionsTab({ draft }: { draft: Draft }) {
  const { t } = useTranslation("agent");
  const versions = useQuery(versionsQuery(draft.agent.id));
  return (
    <QueryStates query={versions}>
      {({ items }) =>
        items.length === 0 ? (
          <EmptyState icon={<IconHistory />} title={t("versions.empty")}>
            {t("versions.emptyHint")}
          </EmptyState>
        ) : (
          <Versions items={items} draft={draft} />
        )
      }
    </QueryStates>
  );
}
