// Why there is no call, or none any more, and what to do.
import { Alert, Button } from "@mantine/core";
import { IconInfoCircle, IconMicrophoneOff, IconVolumeOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { BrowserCallState } from "@/voice";

export function CallNotice({ state, onSoundOn }: { state: BrowserCallState; onSoundOn: () => void }) {
  const { t } = useTranslation("conversation");
  if (state.refusal) {
    const { why, detail } = state.refusal;
    return (
      <Alert color="red" icon={<IconMicrophoneOff />} role="alert" title={t("call.phase.refused")}>
        {t(`call.refused.${why}`, { detail, port: location.port || "80" })}
      </Alert>
    );
  }
  if (state.ending) {
    const { by, detail } = state.ending;
    const key = by === "agent" && !detail ? "over" : by;
    return (
      <Alert color={by === "you" || by === "agent" ? "gray" : "orange"} icon={<IconInfoCircle />} role="status">
        {t(`call.ended.${key}`, { reason: detail })}
      </Alert>
    );
  }
  if (state.blocked && state.phase === "talking") {
    return (
      <Alert color="orange" icon={<IconVolumeOff />} role="alert" title={t("call.notSoundOut")}>
        <Button size="xs" onClick={onSoundOn}>
          {t("call.soundOn")}
        </Button>
      </Alert>
    );
  }
  return null;
}
