import { Badge, Code, Group, Table, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body, type Schemas } from "@/api/client";
import { showDateTime, showDay } from "@/api/format";
import { useMay } from "@/api/me";
import { ConfirmButton, notifyDone } from "@/components";
import { ScrollTable } from "@/components/forms";
import { apiKeysQuery } from "./queries";
import { stateOf } from "./scopes";

type ApiKey = Schemas["ApiKey"];
const colors = { active: "teal", revoked: "red", expired: "gray" };

export function KeyTable({ keys }: { keys: ApiKey[] }) {
  const { t } = useTranslation("api_keys");
  const may = useMay();
  const users = useQuery({
    queryKey: ["users"],
    queryFn: () => api.GET("/api/v1/users").then(body).then((page) => page.items),
    enabled: may("users", "read"),
  });
  // An id of somebody who is gone says nothing.
  const nameOf = (actor: string) => {
    const user = users.data?.find((each) => actor === each.id || actor === `user:${each.id}`);
    return user ? user.name || user.email : actor === "local" ? actor : "";
  };
  const now = new Date();
  return (
    <ScrollTable label={t("list")} minWidth={900}>
      <Table.Thead>
        <Table.Tr>
          {["name", "may", "created", "lastUsed", "expires", "state"].map((column) => (
            <Table.Th key={column} scope="col">
              {t(column)}
            </Table.Th>
          ))}
          <Table.Td />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {keys.map((key) => {
          const state = stateOf(key, now);
          const by = nameOf(key.createdBy);
          return (
            <Table.Tr key={key.id}>
              <Table.Th scope="row" fw={600}>
                {key.name} <Code>{key.prefix}…</Code>
              </Table.Th>
              <Table.Td maw={280}>
                <Group gap={4}>
                  {key.scopes.map((scope) => (
                    <Badge key={scope} variant="light" color="gray" tt="none">
                      {scope}
                    </Badge>
                  ))}
                </Group>
              </Table.Td>
              <Table.Td>
                {showDay(key.createdAt)}
                {by ? (
                  <Text size="xs" c="dimmed">
                    {t("by", { who: by })}
                  </Text>
                ) : null}
              </Table.Td>
              <Table.Td>{key.lastUsedAt ? showDateTime(key.lastUsedAt) : t("never")}</Table.Td>
              <Table.Td>{key.expiresAt ? showDay(key.expiresAt) : t("forEver")}</Table.Td>
              <Table.Td>
                <Badge variant="light" color={colors[state]} tt="none">
                  {t(`states.${state}`)}
                </Badge>
              </Table.Td>
              <Table.Td>{state === "active" ? <Revoke apiKey={key} /> : null}</Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </ScrollTable>
  );
}

function Revoke({ apiKey }: { apiKey: ApiKey }) {
  const { t } = useTranslation("api_keys");
  const client = useQueryClient();
  const revoke = async () => {
    await api.DELETE("/api/v1/api-keys/{keyId}", { params: { path: { keyId: apiKey.id } } });
    notifyDone(t("revoked"));
    await client.invalidateQueries({ queryKey: apiKeysQuery.queryKey });
  };
  return (
    <ConfirmButton
      size="xs"
      question={t("revokeQuestion", { name: apiKey.name })}
      explanation={t("revokeHint")}
      confirmLabel={t("revoke")}
      onConfirm={revoke}
    >
      {t("revoke")}
    </ConfirmButton>
  );
}
