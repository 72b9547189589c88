import { Group, Table, Text, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { showLatency, showNumber } from "@/api/format";
import { AnchorLink } from "@/components";
import { CallActions } from "@/components/calls/call_actions";
import { DirectionIcon } from "@/components/calls/direction_icon";
import { ownNumberOf, partyOf } from "@/components/calls/model";
import { Ticking } from "@/components/calls/ticking";
import { ScrollTable } from "@/components/forms";
import { slotsText, type LiveCall } from "./live_list";

export function LiveTable({ calls }: { calls: readonly LiveCall[] }) {
  const { t } = useTranslation("live");
  return (
    <ScrollTable label={t("title")} minWidth={900}>
      <Table.Thead>
        <Table.Tr>
          {(["party", "agent", "duration", "stage", "turns", "lastLine"] as const).map((column) => (
            <Table.Th key={column} scope="col" w={column === "lastLine" ? "38%" : undefined}>
              {t(`column.${column}`)}
            </Table.Th>
          ))}
          <Table.Th scope="col">
            <VisuallyHidden>{t("column.actions")}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody className="numeric">
        {calls.map((call) => (
          <Table.Tr key={call.id}>
            <Table.Td style={{ whiteSpace: "nowrap" }}>
              <Group gap={6} wrap="nowrap">
                <DirectionIcon direction={call.direction} />
                <AnchorLink to="/calls/$callId" params={{ callId: call.id }} size="sm" fw={600}>
                  {showNumber(partyOf(call)) || t("unknown")}
                </AnchorLink>
              </Group>
              <Text size="xs" c="dimmed">
                {showNumber(ownNumberOf(call))}
              </Text>
            </Table.Td>
            <Table.Td style={{ whiteSpace: "nowrap" }}>{call.agent}</Table.Td>
            <Table.Td>
              <Ticking since={call.startedAt} />
            </Table.Td>
            <Table.Td>
              {call.stage || "–"}
              {Object.keys(call.slots).length > 0 ? (
                <Text size="xs" c="dimmed" lineClamp={2}>
                  {slotsText(call)}
                </Text>
              ) : null}
            </Table.Td>
            <Table.Td style={{ whiteSpace: "nowrap" }}>
              {call.turns}
              {call.lastResponseMs === null ? null : (
                <Text size="xs" c="dimmed" title={t("lastResponse")}>
                  {showLatency(call.lastResponseMs)}
                </Text>
              )}
            </Table.Td>
            <Table.Td>
              <Text size="sm" lineClamp={2} mih={42}>
                {call.lastLine}
              </Text>
            </Table.Td>
            <Table.Td>
              <CallActions callId={call.id} status="in_progress" size="xs" />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}
