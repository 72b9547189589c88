// What was said and what happened meanwhile, line by line; shared by calls, chats and their records.
import { Box, Text, VisuallyHidden } from "@mantine/core";
import { useEffect, useLayoutEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { TranscriptItem, TranscriptLine } from "./model";
import classes from "./transcript.module.css";
import { speakerKey, TranscriptLineView } from "./transcript_line";
import { TranscriptNoteView } from "./transcript_note";
import "./texts";

interface TranscriptProps {
  lines: readonly TranscriptItem[];
  // It grows while it is looked at: the end stays in sight, and new lines are told to screen readers.
  live?: boolean;
  // The line that is heard or chosen; it is kept in sight.
  activeKey?: string;
  onSelect?: (line: TranscriptLine) => void;
  empty?: ReactNode;
  maxHeight?: number | string;
  // Of the region, for screen readers.
  label?: string;
  // The caller is whoever looks at it.
  mine?: boolean;
}

function lastSaid(items: readonly TranscriptItem[]): TranscriptLine | undefined {
  for (let i = items.length - 1; i >= 0; --i) {
    const item = items[i]!;
    if (item.kind === "line" && !item.partial) return item;
  }
  return undefined;
}

export function Transcript({ lines, live = false, activeKey, onSelect, empty, maxHeight = "60vh", label, mine = false }: TranscriptProps) {
  const { t } = useTranslation("conversation");
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);

  useLayoutEffect(() => {
    if (live && atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, live]);

  useEffect(() => {
    if (activeKey) box.current?.querySelector("[data-active]")?.scrollIntoView({ block: "nearest" });
  }, [activeKey]);

  const onScroll = () => {
    const at = box.current;
    if (at) atEnd.current = at.scrollHeight - at.scrollTop - at.clientHeight < 40;
  };

  const said = live ? lastSaid(lines) : undefined;
  return (
    <>
      <Box
        ref={box}
        className={classes.scroll}
        mah={maxHeight}
        onScroll={onScroll}
        role="region"
        aria-label={label ?? t("transcript")}
        tabIndex={0}
      >
        {lines.length > 0 ? (
          <ol className={classes.list}>
            {lines.map((item) =>
              item.kind === "note" ? (
                <TranscriptNoteView key={item.key} note={item} />
              ) : (
                <TranscriptLineView key={item.key} line={item} mine={mine} active={item.key === activeKey} onSelect={onSelect} />
              ),
            )}
          </ol>
        ) : (
          <Text c="dimmed" size="sm" component="div">
            {empty ?? t("nothingSaid")}
          </Text>
        )}
      </Box>
      {live ? (
        <VisuallyHidden aria-live="polite" aria-atomic>
          {said ? `${t(speakerKey(said, mine))}: ${said.text}` : ""}
        </VisuallyHidden>
      ) : null}
    </>
  );
}
