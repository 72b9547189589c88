// What the table can show of a call. Widths are those of a grid; the time is always there, it is the row's link.
import { Group, Text, ThemeIcon } from "@mantine/core";
import { IconHeadset, IconPlayerPlay } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { showDateTime, showDuration, showNumber } from "@/api/format";
import { StatusBadge } from "@/components";
import { DirectionIcon } from "@/components/calls/direction_icon";
import { ownNumberOf, partyOf, type CallSummary } from "@/components/calls/model";

export const columnIds = [
  "party", "direction", "ownNumber", "agent", "status", "reason", "duration", "turns", "marks", "answered", "carrier",
  "carrierCallId", "sessionId", "id",
] as const;
export type ColumnId = (typeof columnIds)[number];

export const firstColumns: ColumnId[] = ["party", "agent", "status", "reason", "duration", "turns", "marks"];

interface Column {
  width: string;
  least: number; // pixels
  right?: boolean;
  cell: (call: CallSummary) => ReactNode;
}

const wide = (least: number, share: number) => ({ width: `minmax(${least}px, ${share}fr)`, least });
const exact = (least: number) => ({ width: `${least}px`, least });

export const timeColumn = exact(176);

export const columns: Record<ColumnId, Column> = {
  party: { ...wide(176, 1.2), cell: (call) => <Party call={call} /> },
  direction: { ...exact(104), cell: (call) => <Direction call={call} /> },
  ownNumber: { ...wide(144, 1), cell: (call) => showNumber(ownNumberOf(call)) },
  agent: { ...wide(128, 1), cell: (call) => call.agent },
  status: { ...exact(128), cell: (call) => <StatusBadge status={call.status} /> },
  reason: { ...wide(136, 1), cell: (call) => call.endReason },
  duration: { ...exact(84), right: true, cell: (call) => showDuration(call.durationMs) },
  turns: { ...exact(68), right: true, cell: (call) => call.turnsCount },
  marks: { ...exact(76), cell: (call) => <Marks call={call} /> },
  answered: { ...exact(176), cell: (call) => (call.answeredAt ? showDateTime(call.answeredAt) : "–") },
  carrier: { ...wide(132, 1), cell: (call) => [call.carrier, call.carrierStatus].filter(Boolean).join(": ") },
  carrierCallId: { ...wide(160, 1), cell: (call) => call.carrierCallId },
  sessionId: { ...wide(160, 1), cell: (call) => call.sessionId },
  id: { ...wide(160, 1), cell: (call) => call.id },
};

function Party({ call }: { call: CallSummary }) {
  return (
    <Group gap={6} wrap="nowrap">
      <DirectionIcon direction={call.direction} />
      <Text span inherit truncate className="numeric">
        {showNumber(partyOf(call)) || "–"}
      </Text>
    </Group>
  );
}

function Direction({ call }: { call: CallSummary }) {
  const { t } = useTranslation();
  return t(`direction.${call.direction}`);
}

// Whether there is something to hear, and whether a person was asked for.
export function Marks({ call }: { call: CallSummary }) {
  const { t } = useTranslation("calls");
  return (
    <Group gap={4} wrap="nowrap">
      {call.recording ? (
        <Mark label={t("mark.recording")} color="teal">
          <IconPlayerPlay size={14} aria-hidden />
        </Mark>
      ) : null}
      {call.escalationRequested ? (
        <Mark label={t("mark.escalated")} color="orange">
          <IconHeadset size={14} aria-hidden />
        </Mark>
      ) : null}
    </Group>
  );
}

// A title, no tooltip: there are many of them in a list that scrolls.
function Mark({ label, color, children }: { label: string; color: string; children: ReactNode }) {
  return (
    <ThemeIcon variant="light" color={color} size="sm" role="img" aria-label={label} title={label}>
      {children}
    </ThemeIcon>
  );
}
