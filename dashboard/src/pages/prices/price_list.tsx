// The table, readable, with filters by vendor and part.
import { Alert, Group, Select, Stack, Table, Text } from "@mantine/core";
import { IconCoin } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { showMoney } from "@/api/format";
import { EmptyState } from "@/components";
import { ScrollTable } from "@/components/forms";
import { readPrices, unitKind, type Price } from "./price_table";

export function PriceList({ yaml }: { yaml: string }) {
  const { t } = useTranslation("prices");
  const search = useSearch({ from: "/shell/prices" });
  const navigate = useNavigate({ from: "/prices" });
  const prices = useMemo(() => readPrices(yaml), [yaml]);
  if (!prices) return <Alert color="red" title={t("unreadable")} role="alert" />;
  const put = (change: Record<string, string | undefined>) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const shown = prices.filter(
    (price) => (!search.vendor || price.vendor === search.vendor) && (!search.part || price.part === search.part),
  );
  const values = (of: (price: Price) => string) => [...new Set(prices.map(of))].sort();
  return (
    <Stack>
      <Group>
        <Select
          label={t("vendor")}
          placeholder={t("allVendors")}
          clearable
          clearButtonProps={{ "aria-label": t("allVendors") }}
          data={values((price) => price.vendor)}
          value={search.vendor ?? null}
          onChange={(value) => put({ vendor: value ?? undefined })}
        />
        <Select
          label={t("part")}
          placeholder={t("allParts")}
          clearable
          clearButtonProps={{ "aria-label": t("allParts") }}
          data={values((price) => price.part).map((part) => ({ value: part, label: t(`parts.${part}`, { defaultValue: part }) }))}
          value={search.part ?? null}
          onChange={(value) => put({ part: value ?? undefined })}
        />
      </Group>
      {shown.length === 0 ? (
        <EmptyState icon={<IconCoin />} title={t("none")}>
          {t("noneHint")}
        </EmptyState>
      ) : (
        <Rows prices={shown} />
      )}
    </Stack>
  );
}

function Rows({ prices }: { prices: Price[] }) {
  const { t } = useTranslation("prices");
  return (
    <ScrollTable label={t("list")} minWidth={760}>
      <Table.Thead>
        <Table.Tr>
          {["vendor", "model", "part", "price", "asOf"].map((column) => (
            <Table.Th key={column} scope="col">
              {t(column)}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {prices.map((price, index) => (
          <Table.Tr key={index}>
            <Table.Td>{price.vendor}</Table.Td>
            <Table.Th scope="row" fw={600}>
              {price.model === "*" ? t("anyModel") : price.model}
            </Table.Th>
            <Table.Td>{t(`parts.${price.part}`, { defaultValue: price.part })}</Table.Td>
            <Table.Td className="numeric">
              <Group gap="sm" style={{ rowGap: 0 }}>
                {price.amounts.map(({ unit, amount }) => (
                  <span key={unit} style={{ whiteSpace: "nowrap" }}>
                    {unitKind(unit) === "tokens" ? `${t(`units.${unit}`)} ` : ""}
                    {showMoney(amount, price.currency)}
                  </span>
                ))}
                {price.amounts[0] ? (
                  <Text span size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>
                    {t(`per.${unitKind(price.amounts[0].unit)}`)}
                  </Text>
                ) : null}
              </Group>
              {price.note ? (
                <Text size="xs" c="dimmed">
                  {price.note}
                </Text>
              ) : null}
            </Table.Td>
            <Table.Td className="numeric" style={{ whiteSpace: "nowrap" }}>
              {price.asOf}
              {price.validFrom ? (
                <Text size="xs" c="dimmed">
                  {t("validFrom", { day: price.validFrom })}
                </Text>
              ) : null}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}
