import { Code, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { showClock, showDay } from "@/api/format";
import { ScrollTable } from "@/components/forms";
import { readable, type Entry } from "./filter";

export function AuditTable({ entries, nameOf }: { entries: Entry[]; nameOf: (actor: string) => string | undefined }) {
  const { t } = useTranslation("audit");
  return (
    <ScrollTable label={t("list")} minWidth={820}>
      <Table.Thead>
        <Table.Tr>
          {["when", "actor", "action", "target", "address"].map((column) => (
            <Table.Th key={column} scope="col">
              {t(column)}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {entries.map((entry) => (
          <Table.Tr key={entry.id}>
            <Table.Td className="numeric" style={{ whiteSpace: "nowrap" }}>
              {showDay(entry.at)}
              <Text size="xs" c="dimmed">
                {showClock(entry.at)}
              </Text>
            </Table.Td>
            <Table.Td>{nameOf(entry.actor) ?? (entry.actor.startsWith("user:") ? t("gone") : entry.actor)}</Table.Td>
            <Table.Td fw={600}>{readable(entry.action)}</Table.Td>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              {entry.target.replace(/\b01[0-9A-Z]{24}\b/g, (id) => nameOf(`user:${id}`) ?? id)}
              {Object.keys(entry.detail).length > 0 ? (
                <Code display="block" style={{ overflowWrap: "anywhere", whiteSpace: "normal" }}>{JSON.stringify(entry.detail)}</Code>
              ) : null}
            </Table.Td>
            <Table.Td>{entry.address}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}
