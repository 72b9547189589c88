// Who is on the line now, and the last calls.
import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { showClock, showDateTime, showDuration, showNumber } from "@/api/format";
import { AnchorLink, QueryStates, StatusBadge } from "@/components";
import { liveQuery, recentQuery } from "./queries";

function Section({ title, link, children }: { title: string; link: ReactNode; children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section">
      <Group justify="space-between" mb="sm">
        <Title order={2}>{title}</Title>
        {link}
      </Group>
      {children}
    </Paper>
  );
}

// The caller's side, whoever dialled.
const callerOf = (call: { direction?: string; from: string; to: string }) =>
  showNumber((call.direction === "outbound" ? call.to : call.from) || "–");

export function RunningCalls() {
  const { t } = useTranslation("overview");
  const live = useQuery(liveQuery);
  return (
    <Section
      title={t("running.title")}
      link={
        <AnchorLink to="/live" size="sm">
          {t("running.all")}
        </AnchorLink>
      }
    >
      <QueryStates query={live}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed">{t("running.none")}</Text>
          ) : (
            <Stack gap="xs">
              {items.slice(0, 6).map((call) => (
                <Group key={call.id} justify="space-between" wrap="nowrap">
                  <div style={{ minWidth: 0 }}>
                    <AnchorLink to="/calls/$callId" params={{ callId: call.id }}>
                      {callerOf(call)}
                    </AnchorLink>
                    <Text size="sm" c="dimmed" truncate>
                      {call.lastLine || call.agent}
                    </Text>
                  </div>
                  <Text size="sm" className="numeric" style={{ whiteSpace: "nowrap" }}>
                    {showClock(call.startedAt)}
                  </Text>
                </Group>
              ))}
            </Stack>
          )
        }
      </QueryStates>
    </Section>
  );
}

export function RecentCalls() {
  const { t } = useTranslation("overview");
  const recent = useQuery(recentQuery);
  return (
    <Section
      title={t("recent.title")}
      link={
        <AnchorLink to="/calls" size="sm">
          {t("recent.all")}
        </AnchorLink>
      }
    >
      <QueryStates query={recent}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed">{t("recent.none")}</Text>
          ) : (
            <Stack gap="xs">
              {items.map((call) => (
                <Group key={call.id} justify="space-between" wrap="nowrap">
                  <div style={{ minWidth: 0 }}>
                    <AnchorLink to="/calls/$callId" params={{ callId: call.id }}>
                      {callerOf(call)}
                    </AnchorLink>
                    <Text size="sm" c="dimmed" truncate>
                      {call.agent} · {showDateTime(call.startedAt)}
                    </Text>
                  </div>
                  <Group gap="sm" wrap="nowrap">
                    <Text size="sm" className="numeric">
                      {showDuration(call.durationMs)}
                    </Text>
                    <StatusBadge status={call.status} />
                  </Group>
                </Group>
              ))}
            </Stack>
          )
        }
      </QueryStates>
    </Section>
  );
}
