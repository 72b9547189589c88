// What the server says of itself.
import { Alert, Anchor, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { showDateTime } from "@/api/format";
import { QueryStates } from "@/components";
import { systemQuery } from "@/components/telephony";

export function ServerPanel() {
  const { t } = useTranslation("settings");
  const system = useQuery({ ...systemQuery, refetchInterval: 10_000 });
  return (
    <Paper withBorder p="md">
      <Stack>
        <Stack gap={2}>
          <Title order={2}>{t("server")}</Title>
          <Text size="sm" c="dimmed">
            {t("serverHint")}
          </Text>
        </Stack>
        <QueryStates query={system}>
          {(data) => {
            const rows: Array<[string, ReactNode]> = [
              ["version", data.version],
              ["started", showDateTime(data.startedAt)],
              ["publicUrl", data.publicUrl ?? t("publicUrlNone")],
              ["database", t(`databases.${data.database}`, { defaultValue: data.database })],
              ["recordings", t(`recordingsIn.${data.recordings}`, { defaultValue: data.recordings })],
              ["calls", t("callsNow", { active: data.callsActive, max: data.callsMax })],
              ["defaultAgent", data.defaultAgent],
            ];
            return (
              <>
                {data.draining ? <Alert color="orange" icon={<IconAlertTriangle />} title={t("draining")} role="status" /> : null}
                <Table aria-label={t("server")} layout="fixed">
                  <Table.Tbody>
                    {rows.map(([name, value]) => (
                      <Table.Tr key={name}>
                        <Table.Th scope="row" fw={600} w="40%" style={{ verticalAlign: "top" }}>
                          {t(name)}
                        </Table.Th>
                        <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
                <Anchor href="/api/v1/openapi.json" target="_blank" rel="noreferrer" size="sm">
                  {t("api")}
                </Anchor>
              </>
            );
          }}
        </QueryStates>
      </Stack>
    </Paper>
  );
}
