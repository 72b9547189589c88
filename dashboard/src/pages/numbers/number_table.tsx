import { Badge, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { showNumber } from "@/api/format";
import { useMay } from "@/api/me";
import { StatusBadge } from "@/components";
import { ScrollTable } from "@/components/forms";
import { AnchorLink } from "@/components/links";
import { accountsQuery, agentsQuery } from "@/components/telephony";

export function NumberTable({ numbers }: { numbers: Schemas["PhoneNumber"][] }) {
  const { t } = useTranslation("numbers");
  const { t: c } = useTranslation("carrier");
  const may = useMay();
  const agents = useQuery({ ...agentsQuery, enabled: may("agents", "read") });
  const accounts = useQuery({ ...accountsQuery, enabled: may("telephony", "read") });
  const agentOf = (id: string | null) => {
    if (!id) return <Text size="sm">{t("agentLast")}</Text>;
    const agent = agents.data?.find((each) => each.id === id);
    if (agent) {
      return (
        <AnchorLink to="/agents/$agentId" params={{ agentId: agent.id }} search={{}} size="sm">
          {agent.name}
        </AnchorLink>
      );
    }
    return <Text size="sm">{agents.data ? t("agentGone") : "…"}</Text>;
  };
  return (
    <ScrollTable label={t("list")} minWidth={760}>
      <Table.Thead>
        <Table.Tr>
          {["number", "name", "agent", "answers", "account", "status"].map((column) => (
            <Table.Th key={column} scope="col">
              {t(column)}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {numbers.map((number) => (
          <Table.Tr key={number.id}>
            <Table.Th scope="row" fw={400}>
              <AnchorLink to="/numbers/$numberId" params={{ numberId: number.id }} search={{}} size="sm" className="numeric" style={{ whiteSpace: "nowrap" }}>
                {showNumber(number.phoneNumber)}
              </AnchorLink>
            </Table.Th>
            <Table.Td>{number.displayName === number.phoneNumber ? "" : number.displayName}</Table.Td>
            <Table.Td>{agentOf(number.linkedAgentId)}</Table.Td>
            <Table.Td>{t(`answersAs.${number.answerWith ?? "none"}`)}</Table.Td>
            <Table.Td>
              <Badge variant="light" color="gray" tt="none" mr="xs">
                {c(`providers.${number.provider}`, { defaultValue: number.provider })}
              </Badge>
              {accounts.data?.find((each) => each.id === number.telephonyConfigurationId)?.name ??
                (number.telephonyConfigurationId ? "…" : t("serverAccount"))}
            </Table.Td>
            <Table.Td>
              <StatusBadge status={number.status} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}
