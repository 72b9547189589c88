import { Group, Text } from "@mantine/core";
import {
  IconArrowRight, IconCheckbox, IconPhone, IconPhoneOff, IconTool, IconUserExclamation, type Icon,
} from "@tabler/icons-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { showLatency } from "@/api/format";
import type { TranscriptNote } from "./model";
import classes from "./transcript.module.css";

const icons: Record<TranscriptNote["about"], Icon> = {
  started: IconPhone,
  resumed: IconPhone,
  stage: IconArrowRight,
  slot: IconCheckbox,
  tool: IconTool,
  escalation: IconUserExclamation,
  ended: IconPhoneOff,
};

export const TranscriptNoteView = memo(function TranscriptNoteView({ note }: { note: TranscriptNote }) {
  const { t } = useTranslation("conversation");
  const Sign = icons[note.about];
  const key = note.about === "tool" && note.failed ? "toolFailed" : note.name || note.about === "resumed" ? note.about : `${note.about}Bare`;
  return (
    <li className={classes.note}>
      <Group gap={6} wrap="nowrap" justify="center" align="flex-start">
        <Sign size={14} aria-hidden style={{ flexShrink: 0, marginTop: 3 }} />
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {t(`note.${key}`, { name: note.name, value: note.value ?? "" })}
          {note.tookMs === undefined ? "" : ` · ${showLatency(note.tookMs)}`}
        </Text>
      </Group>
    </li>
  );
});
