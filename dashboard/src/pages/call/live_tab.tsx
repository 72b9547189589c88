// A call that goes on: what was said before the page was opened, from the log, and from then on as it is spoken.
import { Grid, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ConversationState, Transcript, TurnLatencyTable, useLiveConversation } from "@/components/conversation";
import type { Call } from "@/components/calls/model";
import { liveQuery } from "@/components/calls/queries";
import { earlierItems, sinceBegin, slotsBefore, spokenNow, stageBefore, turnsBefore } from "./live_view";
import { transcriptQuery } from "./queries";

export function LiveTab({ call }: { call: Call }) {
  const { t } = useTranslation("call");
  const live = useLiveConversation({ callId: call.id });
  // As it was when the page was opened; what follows is told by the events.
  const before = useQuery({ ...transcriptQuery(call.id, false), staleTime: Infinity, enabled: call.status === "in_progress" });
  const inProgress = useQuery({ ...liveQuery, refetchInterval: false, enabled: call.status === "in_progress" });
  const current = inProgress.data?.items.find((each) => each.id === call.id)?.lastLine ?? "";
  const items = useMemo(() => {
    const earlier = earlierItems(before.data, call, live);
    return [...earlier, ...spokenNow(before.data, current, live), ...sinceBegin(live.items, call.startedAt)];
  }, [before.data, call, live, current]);
  const stage = live.stage || stageBefore(call);
  const slots = useMemo(() => slotsBefore(call, live.slots), [call, live.slots]);
  const turns = useMemo(() => turnsBefore(call, live.turns), [call, live.turns]);
  const waiting = call.status !== "in_progress";
  return (
    <Grid gap="md">
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Transcript lines={items} live empty={waiting ? t(`live.${call.status}`) : t("live.nothingYet")} maxHeight="65vh" />
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Paper withBorder p="md">
          <Stack gap="md">
            <Title order={2}>{t("live.state")}</Title>
            {stage || slots.length > 0 || live.escalation !== null ? (
              <ConversationState stage={stage} slots={slots} escalation={live.escalation} />
            ) : (
              <Text size="sm" c="dimmed">
                {t("live.noState")}
              </Text>
            )}
            <TurnLatencyTable turns={turns} />
          </Stack>
        </Paper>
      </Grid.Col>
    </Grid>
  );
}
