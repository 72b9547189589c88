// One call: a row of the table, or a card on a phone. Both have a fixed height and know nothing of the list, so that
// scrolling draws only what is new.
import { Group, Skeleton, Text } from "@mantine/core";
import { memo, type CSSProperties, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { showDateTime, showDuration, showNumber } from "@/api/format";
import { StatusBadge } from "@/components";
import { DirectionIcon } from "@/components/calls/direction_icon";
import { partyOf, type CallSummary } from "@/components/calls/model";
import { columns, Marks, timeColumn, type ColumnId } from "./columns";
import classes from "./call_rows.module.css";

export const rowHeight = 44;
export const cardHeight = 112;

export const gridOf = (shown: readonly ColumnId[]): string =>
  [timeColumn.width, ...shown.map((id) => columns[id].width)].join(" ");
export const widthOf = (shown: readonly ColumnId[]): number =>
  shown.reduce((sum, id) => sum + columns[id].least + 16, timeColumn.least + 32);

interface RowProps {
  call: CallSummary | undefined;
  top: number;
  index: number;
}

// A plain link, followed by whoever draws the list (openedHere): the router's own costs more than the rest of the row.
function CallLink({ call }: { call: CallSummary }) {
  return (
    <a href={`/calls/${encodeURIComponent(call.id)}`} data-call={call.id} className={classes.link}>
      {showDateTime(call.startedAt)}
    </a>
  );
}

// The call whose link was clicked to be opened here, and not in another tab or window.
export function openedHere(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-call]");
  if (!link) return null;
  event.preventDefault();
  return link.dataset.call ?? null;
}

export const TableRow = memo(function TableRow({ call, top, index, shown, grid }: RowProps & { shown: readonly ColumnId[]; grid: string }) {
  const style: CSSProperties = { height: rowHeight, transform: `translateY(${top}px)`, gridTemplateColumns: grid };
  return (
    <div role="row" aria-rowindex={index + 2} className={classes.row} style={style} aria-busy={call ? undefined : true}>
      <div role="cell" className={classes.first}>
        {call ? <CallLink call={call} /> : <Skeleton h={12} w={120} />}
      </div>
      {shown.map((id) => (
        <div role="cell" key={id} className={[columns[id].right && classes.right, id === "marks" && classes.marks, "numeric"].filter(Boolean).join(" ")}>
          {call ? columns[id].cell(call) : <Skeleton h={12} w="60%" />}
        </div>
      ))}
    </div>
  );
});

export const CallCard = memo(function CallCard({ call, top, index }: RowProps) {
  const { t } = useTranslation("calls");
  return (
    <div role="listitem" aria-posinset={index + 1} aria-setsize={-1} className={classes.card} style={{ height: cardHeight, transform: `translateY(${top}px)` }}>
      <div className={classes.cardBody} aria-busy={call ? undefined : true}>
        {call ? (
          <>
            <Group justify="space-between" wrap="nowrap">
              <Group gap={6} wrap="nowrap" style={{ minWidth: 0 }}>
                <DirectionIcon direction={call.direction} />
                <Text fw={600} truncate className="numeric">
                  {showNumber(partyOf(call)) || "–"}
                </Text>
              </Group>
              <StatusBadge status={call.status} />
            </Group>
            <Text size="sm" truncate mt={4}>
              {[call.agent, call.endReason].filter(Boolean).join(" · ") || "–"}
            </Text>
            <Group justify="space-between" wrap="nowrap" mt={4}>
              <Text size="sm" truncate className="numeric" component="div">
                <CallLink call={call} />
                {call.durationMs === null ? "" : ` · ${showDuration(call.durationMs)}`}
                {` · ${t("card.turns", { count: call.turnsCount })}`}
              </Text>
              <div className={classes.marks}>
                <Marks call={call} />
              </div>
            </Group>
          </>
        ) : (
          <>
            <Skeleton h={14} w="60%" mt={4} />
            <Skeleton h={12} w="80%" mt={14} />
            <Skeleton h={12} w="50%" mt={14} />
          </>
        )}
      </div>
    </div>
  );
});
