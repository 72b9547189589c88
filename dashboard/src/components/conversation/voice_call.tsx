// Talk to an agent: the telephone, and beside it what is said while it is said.
import { Box, Paper, Stack, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { AnchorLink } from "@/components/links";
import { isOver } from "@/voice";
import { CallControls } from "./call_controls";
import { CallNotice } from "./call_notice";
import { ConversationState } from "./conversation_state";
import { Transcript } from "./transcript";
import { TurnLatencyTable } from "./turn_latency_table";
import { useBrowserCall } from "./use_browser_call";
import { useLiveConversation } from "./use_live_conversation";
import classes from "./voice_call.module.css";
import "./texts";

export interface VoiceCallProps {
  // Its id or name; without one there is nobody to call yet.
  agent: string;
  // Its draft instead of what is published.
  draft?: boolean;
  variables?: Record<string, string>;
  onSession?: (sessionId: string) => void;
  // Whether a call goes on.
  onActive?: (active: boolean) => void;
}

export function VoiceCall({ agent, draft, variables, onSession, onActive }: VoiceCallProps) {
  const { t } = useTranslation("conversation");
  const may = useMay();
  const { call, state } = useBrowserCall();
  const sees = may("calls", "read");
  const live = useLiveConversation({ sessionId: sees ? state.sessionId : undefined });

  const over = isOver(state.phase);
  const tell = useRef({ onSession, onActive });
  useEffect(() => {
    tell.current = { onSession, onActive };
  });
  useEffect(() => {
    if (state.sessionId) tell.current.onSession?.(state.sessionId);
  }, [state.sessionId]);
  useEffect(() => tell.current.onActive?.(!over), [over]);

  return (
    <Box className={classes.container}>
      <div className={classes.parts}>
        <Paper withBorder p="lg">
          <Stack gap="md">
            <CallControls call={call} state={state} disabled={!agent} onStart={() => void call.start({ agent, draft, variables })} />
            <CallNotice state={state} onSoundOn={() => call.resumeSound()} />
            {over && state.callId && sees ? (
              <AnchorLink to="/calls/$callId" params={{ callId: state.callId }} size="sm" ta="center">
                {t("call.openCall")}
              </AnchorLink>
            ) : null}
            {state.phase === "idle" ? (
              <Text size="sm" c="dimmed" ta="center">
                {t("call.beginHint")}
              </Text>
            ) : null}
            <ConversationState stage={live.stage} slots={live.slots} escalation={live.escalation} />
          </Stack>
        </Paper>
        <Paper withBorder p="lg">
          <Stack gap="md">
            <Title order={2}>{t("transcript")}</Title>
            <Transcript
              live
              mine
              lines={live.items}
              maxHeight="50vh"
              empty={t(!sees ? "call.noTranscript" : state.phase === "idle" ? "call.beforeCall" : "call.listening")}
            />
            {state.sessionId && sees ? <TurnLatencyTable turns={live.turns} /> : null}
          </Stack>
        </Paper>
      </div>
    </Box>
  );
}
