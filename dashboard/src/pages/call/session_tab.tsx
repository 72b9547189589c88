// The conversation that the call belongs to: its other calls, and the agent's configuration when it began.
import { Alert, Button, Code, Group, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCopy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { showDateTime, showDuration, showNumber } from "@/api/format";
import { AnchorLink, CopyButton, LoadingState, QueryStates, StatusBadge } from "@/components";
import { partyOf, type Call } from "@/components/calls/model";
import { ScrollTable } from "@/components/forms";
import { sessionQuery } from "./queries";

export function ConfigurationTab({ call }: { call: Call }) {
  const { t } = useTranslation("call");
  const session = useQuery(sessionQuery(call.sessionId));
  return (
    <QueryStates query={session}>
      {({ agentConfig, agentVersion }) =>
        agentConfig ? (
          <Stack gap="xs">
            {agentVersion !== call.agentVersion && call.agentVersion ? <Alert variant="default" icon={<IconAlertTriangle />} title={t("config.other")} /> : null}
            <Yaml config={agentConfig} />
          </Stack>
        ) : (
          <Text c="dimmed">{t("config.none")}</Text>
        )
      }
    </QueryStates>
  );
}

function Yaml({ config }: { config: object }) {
  const { t } = useTranslation();
  const { t: own } = useTranslation("call");
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    void import("yaml").then(({ stringify }) => current && setText(stringify(config, { lineWidth: 100 })));
    return () => void (current = false);
  }, [config]);
  if (text === null) return <LoadingState />;
  return (
    <>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {own("config.explained")}
        </Text>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy} leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}>
              {copied ? t("action.copied") : t("action.copy")}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Code block tabIndex={0} aria-label={own("tab.config")} mah="70vh" style={{ overflow: "auto" }} fz="sm">
        {text}
      </Code>
    </>
  );
}

export function SessionTab({ call }: { call: Call }) {
  const { t } = useTranslation("call");
  const session = useQuery(sessionQuery(call.sessionId));
  return (
    <QueryStates query={session}>
      {({ calls, channel, messagesCount }) => {
        const others = calls.filter((each) => each.id !== call.id);
        return (
          <Stack gap="md">
            <Text size="sm">
              {t("session.about", { channel: t(`channel.${channel}`), count: messagesCount })}{" "}
              <AnchorLink to="/sessions/$sessionId" params={{ sessionId: call.sessionId }} inherit underline="always">
                {t("session.open")}
              </AnchorLink>
            </Text>
            {others.length === 0 ? (
              <Text c="dimmed" size="sm">
                {t("session.noOthers")}
              </Text>
            ) : (
              <ScrollTable label={t("session.others")} minWidth={560}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">{t("fact.started")}</Table.Th>
                    <Table.Th scope="col">{t("session.number")}</Table.Th>
                    <Table.Th scope="col">{t("session.status")}</Table.Th>
                    <Table.Th scope="col">{t("fact.reason")}</Table.Th>
                    <Table.Th scope="col" ta="right">
                      {t("fact.duration")}
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody className="numeric">
                  {others.map((each) => (
                    <Table.Tr key={each.id}>
                      <Table.Td>
                        <AnchorLink to="/calls/$callId" params={{ callId: each.id }} inherit>
                          {showDateTime(each.startedAt)}
                        </AnchorLink>
                      </Table.Td>
                      <Table.Td>{showNumber(partyOf(each))}</Table.Td>
                      <Table.Td>
                        <StatusBadge status={each.status} />
                      </Table.Td>
                      <Table.Td>{each.endReason}</Table.Td>
                      <Table.Td ta="right">{showDuration(each.durationMs)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </ScrollTable>
            )}
          </Stack>
        );
      }}
    </QueryStates>
  );
}
