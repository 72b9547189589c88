// What the call cost, by who was paid for it.
import { Alert, Badge, Group, List, Paper, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconCoin } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { showCosts, showMoney } from "@/api/format";
import { AnchorLink, EmptyState } from "@/components";
import type { Call } from "@/components/calls/model";
import { ScrollTable } from "@/components/forms";
import { quantities, usageLines } from "./cost";

export function CostTab({ call }: { call: Call }) {
  const { t } = useTranslation("call");
  const lines = usageLines(call.usage);
  if (lines.length === 0) return <EmptyState icon={<IconCoin />} title={t("cost.none")} children={t("cost.noneHint")} />;
  return (
    <Stack gap="md">
      <Group gap="md">
        {call.cost.totals.map((total) => (
          <Paper key={total.currency} withBorder p="md">
            <Text size="xs" c="dimmed">
              {t("cost.total")}
            </Text>
            <Text size="xl" fw={650} className="numeric">
              {showMoney(total.amount, total.currency)}
            </Text>
            <Text size="sm" c="dimmed" className="numeric">
              {Object.entries(total.parts as Record<string, number>)
                .map(([part, amount]) => `${t(`part.${part}`, { defaultValue: part })} ${showMoney(amount, total.currency)}`)
                .join(" · ")}
            </Text>
            {total.pricesAsOf ? (
              <Text size="xs" c="dimmed">
                {t("cost.pricesAsOf", { date: total.pricesAsOf })}
              </Text>
            ) : null}
          </Paper>
        ))}
      </Group>
      {call.cost.withoutAPrice.length > 0 ? (
        <Alert variant="default" icon={<IconAlertTriangle />} title={t("cost.withoutAPrice")}>
          <List size="sm" mb="xs">
            {call.cost.withoutAPrice.map((name) => (
              <List.Item key={name}>{name}</List.Item>
            ))}
          </List>
          <AnchorLink to="/prices" size="sm" underline="always">
            {t("cost.setPrices")}
          </AnchorLink>
        </Alert>
      ) : null}
      <ScrollTable label={t("tab.cost")} minWidth={640}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t("cost.part")}</Table.Th>
            <Table.Th scope="col">{t("cost.vendor")}</Table.Th>
            <Table.Th scope="col">{t("cost.used")}</Table.Th>
            <Table.Th scope="col" ta="right">
              {t("cost.cost")}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody className="numeric">
          {lines.map((line) => (
            <Table.Tr key={line.key}>
              <Table.Td>{t(`part.${line.part}`)}</Table.Td>
              <Table.Td>
                {line.vendor}
                {line.model ? (
                  <Text size="xs" c="dimmed">
                    {line.model}
                  </Text>
                ) : null}
              </Table.Td>
              <Table.Td>
                {quantities
                  .filter((name) => line.used[name])
                  .map((name) => t(`quantity.${name}`, { value: rounded(line.used[name]!) }))
                  .join(", ")}
                {line.estimated ? (
                  <Badge ml="xs" size="sm" variant="light" color="gray" tt="none" title={t("cost.estimatedHint")}>
                    {t("cost.estimated")}
                  </Badge>
                ) : null}
              </Table.Td>
              <Table.Td ta="right">
                {line.costs.length > 0 ? showCosts(line.costs) : null}
                {line.withoutPrice ? (
                  <Text size="xs" c="dimmed">
                    {t("cost.noPrice")}
                  </Text>
                ) : null}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
    </Stack>
  );
}

const rounded = (value: number) => new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 }).format(value);
