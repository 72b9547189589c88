// Write with an agent: its answers as they are made, and what it does meanwhile.
import { Alert, Box, Button, Group, Loader, Paper, Stack, Text } from "@mantine/core";
import { IconAlertCircle, IconMessagePlus } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { messageOf } from "@/api/problem";
import { ChatComposer } from "./chat_composer";
import { ConversationState } from "./conversation_state";
import { Transcript } from "./transcript";
import { useTextChat } from "./use_text_chat";
import "./texts";

export interface TextChatProps {
  // Its id or name; of a conversation that begins.
  agent: string;
  draft?: boolean;
  // Of a conversation that is taken up again.
  sessionId?: string;
  // The id once there is one; "" when another conversation is begun.
  onSession?: (sessionId: string) => void;
}

export function TextChat({ agent, draft, sessionId, onSession }: TextChatProps) {
  const { t } = useTranslation("conversation");
  const { state, send, retry, stop, startAnew } = useTextChat({ agent, draft, sessionId });

  const tell = useRef(onSession);
  useEffect(() => {
    tell.current = onSession;
  });
  useEffect(() => {
    if (state.sessionId) tell.current?.(state.sessionId);
  }, [state.sessionId]);

  const begun = state.items.length > 0 || state.sessionId !== "" || state.error !== null;
  const last = state.items.at(-1);
  const thinking = state.answering && !(last?.kind === "line" && last.partial);
  return (
    <Paper withBorder p={{ base: "sm", sm: "lg" }}>
      <Stack gap="md">
        <Transcript live mine lines={state.items} maxHeight="52vh" label={t("chat.label")} empty={t("chat.begin")} />
        {thinking ? (
          <Group gap="xs" role="status">
            <Loader size="xs" type="dots" aria-hidden />
            <Text size="sm" c="dimmed">
              {t("chat.answering")}
            </Text>
          </Group>
        ) : null}
        {state.error ? (
          <Alert color="red" icon={<IconAlertCircle />} role="alert" title={t(state.message ? "chat.failed" : "chat.loadFailed")}>
            <Stack gap="xs" align="flex-start">
              <Text size="sm">{messageOf(state.error)}</Text>
              <Button size="xs" variant="default" onClick={retry}>
                {t("action.retry", { ns: "common" })}
              </Button>
            </Stack>
          </Alert>
        ) : null}
        <ConversationState stage={state.stage} slots={state.slots} escalation={state.escalation} />
        {state.ended ? (
          <Text size="sm" role="status">
            {t("chat.ended")}
          </Text>
        ) : (
          <ChatComposer answering={state.answering} disabled={!agent && !state.sessionId} onSend={send} onStop={stop} />
        )}
        {begun ? (
          <Box>
            <Button
              size="xs"
              variant={state.ended ? "filled" : "default"}
              leftSection={<IconMessagePlus size={16} aria-hidden />}
              onClick={() => {
                startAnew();
                onSession?.("");
              }}
            >
              {t("chat.new")}
            </Button>
          </Box>
        ) : null}
      </Stack>
    </Paper>
  );
}
