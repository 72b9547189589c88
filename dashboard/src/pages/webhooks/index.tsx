import { Badge, Group, Stack, Table, Text } from "@mantine/core";
import { IconPlus, IconWebhook } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { showDay } from "@/api/format";
import { useMay } from "@/api/me";
import { EmptyState, Page, QueryStates } from "@/components";
import { AllowedButton, ScrollTable, SecretOnce } from "@/components/forms";
import { AnchorLink } from "@/components/links";
import { webhooksQuery } from "@/components/webhooks";
import { registerTexts } from "@/i18n";
import { MakeDialog } from "./make_dialog";
import texts from "./texts.en.json";

registerTexts("webhooks", texts);

export default function WebhooksPage() {
  const { t } = useTranslation("webhooks");
  const { t: h } = useTranslation("hooks");
  const may = useMay();
  const navigate = useNavigate();
  const { dialog } = useSearch({ from: "/shell/webhooks" });
  const webhooks = useQuery(webhooksQuery);
  const [made, setMade] = useState<{ id: string; secret: string } | null>(null);
  const show = (name?: string) => void navigate({ to: "/webhooks", search: { dialog: name } });
  const add = (
    <AllowedButton resource="webhooks" level="admin" leftSection={<IconPlus size={16} />} onClick={() => show("new")}>
      {t("make")}
    </AllowedButton>
  );
  return (
    <Page title={t("title")} description={t("description")} actions={add}>
      <QueryStates query={webhooks}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState icon={<IconWebhook />} title={t("emptyTitle")} action={add}>
              {t("emptyHint")}
            </EmptyState>
          ) : (
            <WebhookTable webhooks={items} />
          )
        }
      </QueryStates>
      {dialog === "new" && may("webhooks", "admin") ? (
        <MakeDialog
          onClose={() => show()}
          onMade={(webhook) => {
            show();
            setMade({ id: webhook.id, secret: webhook.secret });
          }}
        />
      ) : null}
      <SecretOnce
        title={h("secretTitle")}
        values={made ? [{ label: h("secret"), value: made.secret, description: h("secretHint") }] : null}
        onClose={() => {
          const id = made?.id;
          setMade(null);
          if (id) void navigate({ to: "/webhooks/$webhookId", params: { webhookId: id }, search: {} });
        }}
      />
    </Page>
  );
}

function WebhookTable({ webhooks }: { webhooks: Schemas["Webhook"][] }) {
  const { t } = useTranslation("webhooks");
  return (
    <ScrollTable label={t("list")} minWidth={640}>
      <Table.Thead>
        <Table.Tr>
          {["url", "events", "state", "made"].map((column) => (
            <Table.Th key={column} scope="col">
              {t(column)}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {webhooks.map((webhook) => (
          <Table.Tr key={webhook.id}>
            <Table.Th scope="row" fw={400} maw={360}>
              <Stack gap={0}>
                <AnchorLink to="/webhooks/$webhookId" params={{ webhookId: webhook.id }} search={{}} style={{ overflowWrap: "anywhere" }}>
                  {webhook.url}
                </AnchorLink>
                <Text size="sm" c="dimmed">
                  {webhook.description}
                </Text>
              </Stack>
            </Table.Th>
            <Table.Td>
              <Group gap={4}>
                {webhook.events.map((event) => (
                  <Badge key={event} variant="light" color="gray" tt="none">
                    {event === "*" ? t("allEvents") : event}
                  </Badge>
                ))}
              </Group>
            </Table.Td>
            <Table.Td>
              <Badge variant="light" color={webhook.enabled ? "teal" : "gray"} tt="none">
                {t(webhook.enabled ? "on" : "off")}
              </Badge>
            </Table.Td>
            <Table.Td style={{ whiteSpace: "nowrap" }}>{showDay(webhook.createdAt)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}
