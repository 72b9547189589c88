// The calls of a conversation, the oldest first; what was said opens below each.
import { Accordion, Group, Stack, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { showDateTime, showDuration } from "@/api/format";
import { QueryStates, StatusBadge } from "@/components";
import { Transcript } from "@/components/conversation";
import { AnchorLink } from "@/components/links";
import { linesOf, transcriptQuery, type Session, type SessionCall } from "./queries";

function CallTranscript({ call }: { call: SessionCall }) {
  const { t } = useTranslation("session");
  const query = useQuery({ ...transcriptQuery(call), placeholderData: keepPreviousData });
  return (
    <Stack gap="sm">
      <AnchorLink to="/calls/$callId" params={{ callId: call.id }} size="sm">
        {t("openCall")}
      </AnchorLink>
      <QueryStates query={query}>{(transcript) => <Transcript lines={linesOf(transcript.lines)} />}</QueryStates>
    </Stack>
  );
}

export function SessionCalls({ calls }: { calls: Session["calls"] }) {
  const { t } = useTranslation("session");
  const ordered = [...calls].reverse();
  const [opened, setOpened] = useState<string[]>(ordered.length === 1 ? [ordered[0]!.id] : []);
  return (
    <Accordion multiple variant="separated" value={opened} onChange={setOpened} order={3}>
      {ordered.map((call) => (
        <Accordion.Item key={call.id} value={call.id}>
          <Accordion.Control>
            <Group gap="sm">
              <Text size="sm">{showDateTime(call.startedAt)}</Text>
              <StatusBadge status={call.status} />
              <Text size="sm" className="numeric">
                {showDuration(call.durationMs)}
              </Text>
              <Text size="sm">{call.endReason}</Text>
              <Text size="sm">{t("turns", { count: call.turnsCount })}</Text>
            </Group>
          </Accordion.Control>
          <Accordion.Panel>{opened.includes(call.id) ? <CallTranscript call={call} /> : null}</Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}
