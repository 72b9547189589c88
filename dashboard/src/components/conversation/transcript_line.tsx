import { Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { showClock, showDuration, showLatency } from "@/api/format";
import type { TranscriptLine } from "./model";
import classes from "./transcript.module.css";

interface TranscriptLineViewProps {
  line: TranscriptLine;
  active: boolean;
  mine: boolean;
  onSelect?: (line: TranscriptLine) => void;
}

export const speakerKey = (line: TranscriptLine, mine: boolean) => (mine && line.speaker === "caller" ? "speaker.you" : `speaker.${line.speaker}`);

export const TranscriptLineView = memo(function TranscriptLineView({ line, active, mine, onSelect }: TranscriptLineViewProps) {
  const { t } = useTranslation("conversation");
  const time = line.atMs !== undefined ? showDuration(line.atMs) : line.at ? showClock(line.at) : "";
  const about = [t(speakerKey(line, mine)), time, line.latencyMs === undefined ? "" : t("answeredIn", { time: showLatency(line.latencyMs) })];
  // Sound without a word in it.
  const silent = line.speaker === "caller" && !line.text && !line.partial;
  const words = (
    <>
      {silent ? <em>{t("notUnderstood")}</em> : <span className={line.partial ? classes.partial : undefined}>{line.text}</span>}
      {line.partial ? <span aria-hidden>…</span> : null}
      {line.notHeard ? (
        <>
          {line.text ? " " : ""}
          <VisuallyHidden component="span">{t("notHeard")} </VisuallyHidden>
          <s className={classes.notHeard}>{line.notHeard}</s>
        </>
      ) : null}
    </>
  );
  return (
    <li
      data-active={active || undefined}
      className={[classes.line, line.speaker === "caller" && classes.caller, active && classes.active].filter(Boolean).join(" ")}
    >
      <Text size="xs" c="dimmed" className="numeric">
        {about.filter(Boolean).join(" · ")}
        {line.interrupted ? ` · ${t("interrupted")}` : ""}
      </Text>
      {onSelect ? (
        <UnstyledButton className={classes.bubble} onClick={() => onSelect(line)} aria-current={active || undefined}>
          {words}
        </UnstyledButton>
      ) : (
        <div className={classes.bubble}>{words}</div>
      )}
    </li>
  );
});
