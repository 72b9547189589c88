// How long each part of each answer took, the newest first.
import { Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { showLatency } from "@/api/format";
import { responseMs, type LiveTurn } from "./model";
import "./texts";

const parts = ["endpointMs", "transcriptMs", "firstTokenMs", "firstAudioMs"] as const;
const titles = { endpointMs: "speechEnd", transcriptMs: "transcript", firstTokenMs: "firstToken", firstAudioMs: "firstAudio" } as const;
const mostShown = 50;

export function TurnLatencyTable({ turns }: { turns: readonly LiveTurn[] }) {
  const { t } = useTranslation("conversation");
  if (turns.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t("state.noTurns")}
      </Text>
    );
  return (
    <div>
      <Text size="sm" c="dimmed" mb={4}>
        {t("state.latencies")}
      </Text>
      <Table.ScrollContainer
        minWidth={420}
        maxHeight={220}
        scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": t("state.turns"), role: "region" } }}
      >
        <Table verticalSpacing={2} fz="sm" className="numeric" aria-label={t("state.latencies")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t("state.turn")}</Table.Th>
              {parts.map((part) => (
                <Table.Th key={part} scope="col">
                  {t(`state.${titles[part]}`)}
                </Table.Th>
              ))}
              <Table.Th scope="col">{t("state.sent")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {turns
              .slice(-mostShown)
              .reverse()
              .map((turn) => (
                <Table.Tr key={turn.key}>
                  <Table.Th scope="row" fw={400}>
                    {turn.inputKind === "greeting" ? t("state.greeting") : turn.number}
                  </Table.Th>
                  {parts.map((part) => (
                    <Table.Td key={part}>{showLatency(turn.latencies[part])}</Table.Td>
                  ))}
                  <Table.Td fw={600}>{showLatency(responseMs(turn.latencies))}</Table.Td>
                </Table.Tr>
              ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </div>
  );
}
