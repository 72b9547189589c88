import { Group, Paper, Stack, Table, Text } from "@mantine/core";
import { IconMessage, IconMicrophone, IconPhone } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { showDateTime, showNumber } from "@/api/format";
import { StatusBadge } from "@/components";
import { AnchorLink } from "@/components/links";
import type { SessionSummary } from "./queries";

const nowrap = { whiteSpace: "nowrap" } as const;
const icons = { phone: IconPhone, web: IconMicrophone, chat: IconMessage };

function ChannelName({ channel }: { channel: SessionSummary["channel"] }) {
  const { t } = useTranslation("sessions");
  const Sign = icons[channel];
  return (
    <Group gap={6} wrap="nowrap">
      <Sign size={16} aria-hidden />
      <Text size="sm">{t(`channel.${channel}`)}</Text>
    </Group>
  );
}

function SessionLink({ session }: { session: SessionSummary }) {
  return (
    <AnchorLink to="/sessions/$sessionId" params={{ sessionId: session.id }} size="sm">
      {showDateTime(session.createdAt)}
    </AnchorLink>
  );
}

// Of a spoken conversation the calls have the words.
const hasMessages = (session: SessionSummary) => session.channel === "chat" || session.messagesCount > 0;
const callerOf = (session: SessionSummary) => (session.caller ? showNumber(session.caller) : "–");

export function SessionTable({ sessions }: { sessions: readonly SessionSummary[] }) {
  const { t } = useTranslation("sessions");
  return (
    <Table.ScrollContainer minWidth={860}>
      <Table highlightOnHover verticalSpacing="xs" fz="sm">
        <Table.Thead>
          <Table.Tr>
            {(["began", "channel", "agent", "caller", "messages", "status", "last"] as const).map((column) => (
              <Table.Th key={column} scope="col" ta={column === "messages" ? "end" : undefined}>
                {t(`column.${column}`)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sessions.map((session) => (
            <Table.Tr key={session.id}>
              <Table.Td style={nowrap}>
                <SessionLink session={session} />
              </Table.Td>
              <Table.Td>
                <ChannelName channel={session.channel} />
              </Table.Td>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{session.agent || "–"}</Table.Td>
              <Table.Td className="numeric" style={nowrap}>
                {callerOf(session)}
              </Table.Td>
              <Table.Td className="numeric" ta="end">
                {hasMessages(session) ? session.messagesCount : "–"}
              </Table.Td>
              <Table.Td style={nowrap}>
                <StatusBadge status={session.status} />
              </Table.Td>
              <Table.Td style={nowrap}>{showDateTime(session.updatedAt)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

export function SessionCards({ sessions }: { sessions: readonly SessionSummary[] }) {
  const { t } = useTranslation("sessions");
  return (
    <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
      {sessions.map((session) => (
        <Paper key={session.id} component="li" withBorder p="sm">
          <Group justify="space-between" wrap="nowrap">
            <SessionLink session={session} />
            <StatusBadge status={session.status} />
          </Group>
          <Group gap="4px 16px" mt={4}>
            <ChannelName channel={session.channel} />
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {session.agent}
            </Text>
            {session.caller ? (
              <Text size="sm" className="numeric">
                {callerOf(session)}
              </Text>
            ) : null}
            {hasMessages(session) ? (
              <Text size="sm" c="dimmed">
                {t("messages", { count: session.messagesCount })}
              </Text>
            ) : null}
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}
