import { Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { showLatency } from "@/api/format";
import { ScrollTable } from "@/components/forms";
import { barsOf, responseOf, stages, type Turn } from "./waterfall";

// What each stage added, and in the last column what the caller waited for.
export function TimingTable({ turns }: { turns: readonly Turn[] }) {
  const { t } = useTranslation("call");
  return (
    <ScrollTable label={t("timing.table")} minWidth={720}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t("timing.turnColumn")}</Table.Th>
          {stages.map((stage) => (
            <Table.Th key={stage} scope="col" ta="right">
              {t(`stage.${stage}`)}
            </Table.Th>
          ))}
          <Table.Th scope="col" ta="right">
            {t("timing.response")}
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody className="numeric">
        {turns.map((turn) => {
          const bars = new Map(barsOf(turn.latencyMs).map((bar) => [bar.stage, bar]));
          return (
            <Table.Tr key={turn.number}>
              <Table.Th scope="row" fw={500}>
                {turn.inputKind === "greeting" ? t("timing.greeting") : turn.number}
                {turn.interrupted ? (
                  <Text span size="xs" c="dimmed">
                    {" "}
                    {t("timing.interrupted")}
                  </Text>
                ) : null}
              </Table.Th>
              {stages.map((stage) => {
                const bar = bars.get(stage);
                return (
                  <Table.Td key={stage} ta="right">
                    {bar ? `+${showLatency(bar.toMs - bar.fromMs)}` : "–"}
                  </Table.Td>
                );
              })}
              <Table.Td ta="right" fw={600}>
                {showLatency(responseOf(turn.latencyMs))}
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </ScrollTable>
  );
}
