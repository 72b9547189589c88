import { ActionIcon, Badge, Box, Code, Group, Stack, Table, Text } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "@/api/client";
import { showClock, showDateTime } from "@/api/format";
import { notifyDone, notifyProblem } from "@/components";
import { AllowedButton, ScrollTable } from "@/components/forms";

type Delivery = Schemas["Delivery"];
const colors = { pending: "blue", delivered: "teal", dead: "red" };

export function DeliveryTable({ webhookId, deliveries }: { webhookId: string; deliveries: Delivery[] }) {
  const { t } = useTranslation("webhook");
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <ScrollTable label={t("deliveries")} minWidth={680}>
      <Table.Thead>
        <Table.Tr>
          <Table.Td w={40} />
          {["event", "when", "state", "answer"].map((column) => (
            <Table.Th key={column} scope="col">
              {t(column)}
            </Table.Th>
          ))}
          <Table.Td />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {deliveries.map((delivery) => {
          const open = opened === delivery.id;
          const when = showDateTime(delivery.createdAt);
          return (
            <Fragment key={delivery.id}>
              <Table.Tr>
                <Table.Td>
                  <ActionIcon
                    variant="subtle"
                    aria-expanded={open}
                    aria-label={t("details", { event: delivery.eventType, when })}
                    onClick={() => setOpened(open ? null : delivery.id)}
                  >
                    {open ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
                  </ActionIcon>
                </Table.Td>
                <Table.Th scope="row" fw={600}>
                  {delivery.eventType}
                </Table.Th>
                <Table.Td>{when}</Table.Td>
                <Table.Td>
                  <Badge variant="light" color={colors[delivery.status]} tt="none">
                    {t(`status.${delivery.status}`)}
                  </Badge>
                  <Text size="xs" c="dimmed">
                    {[
                      t("attempt", { count: delivery.attempts }),
                      delivery.nextAttemptAt && delivery.attempts > 0 ? t("next", { when: showClock(delivery.nextAttemptAt) }) : "",
                    ]
                      .filter(Boolean)
                      .join(", ")}
                  </Text>
                </Table.Td>
                <Table.Td>{delivery.lastStatus ?? t("noAnswer")}</Table.Td>
                <Table.Td>
                  <Redeliver webhookId={webhookId} delivery={delivery} />
                </Table.Td>
              </Table.Tr>
              {open ? (
                <Table.Tr>
                  <Table.Td colSpan={6}>
                    <Details delivery={delivery} />
                  </Table.Td>
                </Table.Tr>
              ) : null}
            </Fragment>
          );
        })}
      </Table.Tbody>
    </ScrollTable>
  );
}

function Details({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation("webhook");
  return (
    <Stack gap="xs">
      {delivery.status === "dead" ? <Text size="sm">{t("deadHint")}</Text> : null}
      {delivery.lastError ? (
        <Box>
          <Text size="sm" fw={600}>
            {t("error")}
          </Text>
          <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {delivery.lastError}
          </Code>
        </Box>
      ) : null}
      <Box>
        <Text size="sm" fw={600}>
          {t("body")}
        </Text>
        <Code block mah={320} tabIndex={0} style={{ overflow: "auto" }}>
          {JSON.stringify(delivery.body, null, 2)}
        </Code>
      </Box>
    </Stack>
  );
}

function Redeliver({ webhookId, delivery }: { webhookId: string; delivery: Delivery }) {
  const { t } = useTranslation("webhook");
  const client = useQueryClient();
  const again = useMutation({
    mutationFn: () => api.POST("/api/v1/deliveries/{deliveryId}/redeliver", { params: { path: { deliveryId: delivery.id } } }),
    onSuccess: async () => {
      notifyDone(t("requeued"));
      await client.invalidateQueries({ queryKey: ["deliveries", webhookId] });
    },
    onError: notifyProblem,
  });
  return (
    <Group justify="flex-end">
      <AllowedButton
        resource="webhooks"
        level="admin"
        size="xs"
        variant="default"
        loading={again.isPending}
        onClick={() => again.mutate()}
        aria-label={`${t("redeliver")}: ${delivery.eventType}`}
      >
        {t("redeliver")}
      </AllowedButton>
    </Group>
  );
}
