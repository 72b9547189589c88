import { Group, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { showDateTime, showDuration, showNumber } from "@/api/format";
import { useWritten } from "@/api/use_written";
import { AnchorLink, QueryStates, StatusBadge } from "@/components";
import type { CallSummary } from "@/components/calls/model";
import { ScrollTable } from "@/components/forms";
import { recentQuery } from "./queries";

export function RecentCalls() {
  const { t } = useTranslation("outbound");
  const client = useQueryClient();
  const recent = useQuery(recentQuery);
  useWritten(
    { types: ["call.queued", "call.ringing", "call.started", "call.status", "call.ended"] },
    () => void client.invalidateQueries({ queryKey: recentQuery.queryKey }),
    { about: (event) => event.data.direction === "outbound" },
  );
  return (
    <Stack gap="sm">
      <Title order={2}>{t("recent.title")}</Title>
      <QueryStates query={recent}>
        {(calls) =>
          calls.length === 0 ? (
            <Text c="dimmed" size="sm">
              {t("recent.none")}
            </Text>
          ) : (
            <RecentList calls={calls} />
          )
        }
      </QueryStates>
    </Stack>
  );
}

function RecentList({ calls }: { calls: readonly CallSummary[] }) {
  const { t } = useTranslation("outbound");
  const cards = useMediaQuery("(max-width: 36em)", undefined, { getInitialValueInEffect: false });
  if (cards) {
    return (
      <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
        {calls.map((call) => (
          <Paper key={call.id} withBorder p="sm" component="li">
            <Group justify="space-between" wrap="nowrap">
              <Text fw={600} className="numeric">
                {showNumber(call.to)}
              </Text>
              <StatusBadge status={call.status} />
            </Group>
            <Text size="sm" truncate>
              {[call.agent, call.endReason].filter(Boolean).join(" · ")}
            </Text>
            <AnchorLink to="/calls/$callId" params={{ callId: call.id }} size="sm">
              {showDateTime(call.startedAt)}
            </AnchorLink>
          </Paper>
        ))}
      </Stack>
    );
  }
  return (
    <ScrollTable label={t("recent.title")} minWidth={540}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t("recent.time")}</Table.Th>
          <Table.Th scope="col">{t("recent.to")}</Table.Th>
          <Table.Th scope="col">{t("recent.status")}</Table.Th>
          <Table.Th scope="col" ta="right">
            {t("recent.duration")}
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody className="numeric">
        {calls.map((call) => (
          <Table.Tr key={call.id}>
            <Table.Td style={{ whiteSpace: "nowrap" }}>
              <AnchorLink to="/calls/$callId" params={{ callId: call.id }} size="sm">
                {showDateTime(call.startedAt)}
              </AnchorLink>
            </Table.Td>
            <Table.Td style={{ whiteSpace: "nowrap" }}>
              {showNumber(call.to)}
              <Text size="xs" c="dimmed">
                {call.agent}
              </Text>
            </Table.Td>
            <Table.Td miw={124}>
              <StatusBadge status={call.status} />
              <Text size="xs" c="dimmed">
                {call.endReason}
              </Text>
            </Table.Td>
            <Table.Td ta="right">{call.durationMs ? showDuration(call.durationMs) : "–"}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}
