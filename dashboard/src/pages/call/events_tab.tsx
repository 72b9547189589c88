import { Table, Text } from "@mantine/core";
import { IconListDetails } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { showClock, showDuration } from "@/api/format";
import { EmptyState } from "@/components";
import type { Call } from "@/components/calls/model";
import { ScrollTable } from "@/components/forms";

// What happened besides what was said: stages, slots, tools, keys, vendors that failed.
export function EventsTab({ call }: { call: Call }) {
  const { t } = useTranslation("call");
  if (call.events.length === 0) return <EmptyState icon={<IconListDetails />} title={t("events.none")} children={t("events.noneHint")} />;
  return (
    <ScrollTable label={t("tab.events")} minWidth={520}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t("events.offset")}</Table.Th>
          <Table.Th scope="col">{t("events.at")}</Table.Th>
          <Table.Th scope="col">{t("events.kind")}</Table.Th>
          <Table.Th scope="col">{t("events.detail")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody className="numeric">
        {call.events.map((event, index) => (
          <Table.Tr key={index}>
            <Table.Td>{showDuration(event.offsetMs)}</Table.Td>
            <Table.Td>{showClock(event.at)}</Table.Td>
            <Table.Td>{t(`event.${event.kind}`, { defaultValue: event.kind.replaceAll("_", " ") })}</Table.Td>
            <Table.Td>
              <Text size="sm" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
                {event.detail}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}
