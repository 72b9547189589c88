// How a call that was placed goes, to its end.
import { Button, Group, Paper, Stack, Text, Timeline, Title } from "@mantine/core";
import { IconCheck, IconClock, IconPhone, IconPhoneCall, IconPhoneOff, IconX } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { showDuration, showNumber } from "@/api/format";
import { useWritten } from "@/api/use_written";
import { ButtonLink, QueryStates, StatusBadge } from "@/components";
import { CallActions } from "@/components/calls/call_actions";
import { isOver, partyOf, type Call } from "@/components/calls/model";
import { Ticking } from "@/components/calls/ticking";
import { progressOf } from "./steps";
import { callQuery, recentQuery } from "./queries";

export function Progress({ callId, onAnother }: { callId: string; onAnother: () => void }) {
  const { t } = useTranslation("outbound");
  const client = useQueryClient();
  // Events tell of it at once; who misses one sees it a moment later.
  const call = useQuery({ ...callQuery(callId), refetchInterval: (query) => (query.state.data && isOver(query.state.data.status) ? false : 5000) });
  useWritten({ callId, types: ["call.queued", "call.ringing", "call.started", "call.status", "call.ended", "recording.ready"] }, () => {
    void client.invalidateQueries({ queryKey: ["call", callId] });
    void client.invalidateQueries({ queryKey: recentQuery.queryKey });
  });
  return (
    <Paper withBorder p="md">
      <QueryStates query={call}>
        {(data) => (
          <Stack gap="md">
            <Group justify="space-between">
              <Title order={2}>{t("progress.title", { number: showNumber(partyOf(data)) })}</Title>
              <div role="status" aria-live="polite">
                <StatusBadge status={data.status} />
              </div>
            </Group>
            <Steps call={data} />
            <Group>
              <ButtonLink to="/calls/$callId" params={{ callId }} variant={isOver(data.status) ? "filled" : "default"}>
                {data.status === "in_progress" ? t("progress.listen") : t("progress.open")}
              </ButtonLink>
              {isOver(data.status) ? (
                <Button variant="default" onClick={onAnother}>
                  {t("progress.another")}
                </Button>
              ) : (
                <CallActions callId={callId} status={data.status} />
              )}
            </Group>
          </Stack>
        )}
      </QueryStates>
    </Paper>
  );
}

const icons = { queued: IconClock, ringing: IconPhone, in_progress: IconPhoneCall, ended: IconPhoneOff } as const;

function Steps({ call }: { call: Call }) {
  const { t } = useTranslation("outbound");
  const { steps, active, reached } = progressOf(call);
  return (
    <Timeline active={active} bulletSize={26} lineWidth={2} color="teal">
      {steps.map((step) => {
        const Icon = step === "ended" && isOver(call.status) ? (reached ? IconCheck : IconX) : icons[step];
        return (
          <Timeline.Item key={step} color={step === "ended" && !reached ? "red" : undefined} bullet={<Icon size={14} aria-hidden />} title={t(`step.${step}`)}>
            <Text size="sm" c="dimmed" className="numeric" component="div">
              {step === "in_progress" && call.status === "in_progress" ? <Ticking since={call.startedAt} /> : null}
              {step === "ended" && isOver(call.status) ? endText(call) : null}
            </Text>
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}

function endText(call: Call): string {
  const duration = call.durationMs ? showDuration(call.durationMs) : "";
  const cause = call.carrierCause && call.carrierCause !== call.endReason ? call.carrierCause : "";
  return [call.endReason, cause, duration].filter(Boolean).join(" · ");
}
