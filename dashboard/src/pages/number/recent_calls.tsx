import { Group, Stack, Table } from "@mantine/core";
import { IconPhoneIncoming } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { showDateTime, showDuration, showNumber } from "@/api/format";
import { useMay } from "@/api/me";
import { EmptyState, NoPermission, QueryStates, StatusBadge } from "@/components";
import { ScrollTable } from "@/components/forms";
import { AnchorLink } from "@/components/links";
import { callsOfNumberQuery } from "./queries";
import { Simulation } from "./simulation";

export function RecentCalls({ number }: { number: Schemas["PhoneNumber"] }) {
  const { t } = useTranslation("number");
  const may = useMay();
  const calls = useQuery({ ...callsOfNumberQuery(number.id), enabled: may("calls", "read") });
  if (!may("calls", "read")) return <NoPermission right="calls:read" />;
  return (
    <QueryStates query={calls}>
      {({ items, nextCursor }) =>
        items.length === 0 ? (
          <Stack>
            <EmptyState icon={<IconPhoneIncoming />} title={t("calls.emptyTitle")}>
              {t("calls.emptyHint")}
            </EmptyState>
            <Simulation number={number} />
          </Stack>
        ) : (
          <Stack>
            <ScrollTable label={t("calls.list")} minWidth={620}>
              <Table.Thead>
                <Table.Tr>
                  {["when", "caller", "agent", "length", "status"].map((column) => (
                    <Table.Th key={column} scope="col">
                      {t(`calls.${column}`)}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((call) => (
                  <Table.Tr key={call.id}>
                    <Table.Td>
                      <AnchorLink to="/calls/$callId" params={{ callId: call.id }} search={{}} size="sm">
                        {showDateTime(call.startedAt)}
                      </AnchorLink>
                    </Table.Td>
                    <Table.Td className="numeric">{showNumber(call.from)}</Table.Td>
                    <Table.Td>{call.agent}</Table.Td>
                    <Table.Td className="numeric">{showDuration(call.durationMs)}</Table.Td>
                    <Table.Td>
                      <StatusBadge status={call.status} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </ScrollTable>
            {nextCursor ? (
              <Group justify="flex-end">
                <AnchorLink to="/calls" search={{ number: number.phoneNumber }} size="sm">
                  {t("calls.all")}
                </AnchorLink>
              </Group>
            ) : null}
          </Stack>
        )
      }
    </QueryStates>
  );
}
