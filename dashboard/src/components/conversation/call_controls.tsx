// The telephone itself: call, hang up, mute, keys, how loud both sides are.
import { ActionIcon, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { useInterval } from "@mantine/hooks";
import { IconMicrophone, IconMicrophoneOff, IconPhone, IconPhoneOff } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { showDuration } from "@/api/format";
import { isOver, type BrowserCall, type BrowserCallState } from "@/voice";
import { Keypad } from "./keypad";
import { LevelMeter } from "./level_meter";
import classes from "./voice_call.module.css";

function Clock({ since }: { since: number }) {
  const { t } = useTranslation("conversation");
  const [now, setNow] = useState(Date.now);
  const { start, stop } = useInterval(() => setNow(Date.now()), 1000);
  useEffect(() => {
    start();
    return stop;
  }, [start, stop]);
  return (
    <Text size="sm" className="numeric" aria-label={t("call.clock")} role="timer">
      {showDuration(Math.max(0, now - since))}
    </Text>
  );
}

interface CallControlsProps {
  call: BrowserCall;
  state: BrowserCallState;
  onStart: () => void;
  // Why no call can be made now.
  disabled?: boolean;
}

export function CallControls({ call, state, onStart, disabled = false }: CallControlsProps) {
  const { t } = useTranslation("conversation");
  const over = isOver(state.phase);
  const talking = state.phase === "talking";
  const waiting = !over && !talking;
  const label = over ? t(state.phase === "ended" ? "call.again" : "call.start") : t("call.hangUp");
  return (
    <Stack align="center" gap="md">
      <ActionIcon
        className={classes.round}
        radius="xl"
        size={88}
        style={{ borderRadius: "50%" }}
        variant="filled"
        color={over ? "teal" : "red.8"}
        disabled={over && disabled}
        aria-label={label}
        onClick={over ? onStart : () => call.hangUp()}
      >
        {over ? <IconPhone size={36} /> : <IconPhoneOff size={36} />}
      </ActionIcon>
      <Text fw={600} aria-hidden>
        {label}
      </Text>
      <Group gap="xs" mih={24}>
        {waiting ? <Loader size="xs" aria-hidden /> : null}
        <Text size="sm" role="status">
          {t(`call.phase.${state.phase}`)}
        </Text>
        {talking && state.since !== null ? <Clock since={state.since} /> : null}
      </Group>
      {over ? null : (
        <>
          <Stack gap="xs" w="100%">
            <LevelMeter who={t("call.you")} level={() => (state.muted ? 0 : call.levels.caller)} active />
            <LevelMeter who={t("call.agent")} level={() => call.levels.agent} active />
          </Stack>
          <Group gap="xs" justify="center">
            <Button
              variant={state.muted ? "filled" : "default"}
              aria-pressed={state.muted}
              leftSection={state.muted ? <IconMicrophoneOff size={18} aria-hidden /> : <IconMicrophone size={18} aria-hidden />}
              onClick={() => call.setMuted(!state.muted)}
            >
              {t(state.muted ? "call.unmute" : "call.mute")}
            </Button>
            <Keypad pressed={state.keys} onPress={(key) => call.press(key)} disabled={!talking} />
          </Group>
        </>
      )}
    </Stack>
  );
}
