import { Badge, Button, Group, Stack, Table, Text, Tooltip } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "@/api/client";
import { showDateTime } from "@/api/format";
import { useMay, useMe } from "@/api/me";
import { ConfirmButton, notifyDone } from "@/components";
import { ScrollTable } from "@/components/forms";
import { isLastOwner } from "./last_owner";
import { usersQuery } from "./queries";

type User = Schemas["User"];

const stateOf = (user: User) => (user.disabled ? "disabled" : user.hasPassword ? "active" : "invited");
const colors = { active: "teal", invited: "blue", disabled: "gray" };

export function UserTable({ users, onEdit }: { users: User[]; onEdit: (user: User) => void }) {
  const { t } = useTranslation("users");
  const me = useMe();
  const admin = useMay()("users", "admin");
  const edit = t("action.edit", { ns: "common" });
  return (
    <ScrollTable label={t("list")} minWidth={admin ? 760 : 560}>
      <Table.Thead>
        <Table.Tr>
          {["person", "role", "state", "lastLogin"].map((column) => (
            <Table.Th key={column} scope="col">
              {t(column)}
            </Table.Th>
          ))}
          {admin ? <Table.Td /> : null}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {users.map((user) => (
          <Table.Tr key={user.id}>
            <Table.Th scope="row" fw={400}>
              <Stack gap={0}>
                <Text size="sm" fw={600}>
                  {user.name || user.email}
                  {user.id === me.id ? ` (${t("you")})` : ""}
                </Text>
                {user.name ? (
                  <Text size="sm" c="dimmed">
                    {user.email}
                  </Text>
                ) : null}
              </Stack>
            </Table.Th>
            <Table.Td>{t(`roles.${user.role}`)}</Table.Td>
            <Table.Td>
              <Badge variant="light" color={colors[stateOf(user)]} tt="none">
                {t(`states.${stateOf(user)}`)}
              </Badge>
            </Table.Td>
            <Table.Td>{user.lastLoginAt ? showDateTime(user.lastLoginAt) : t("never")}</Table.Td>
            {admin ? (
              <Table.Td>
                <Group gap="xs" justify="flex-end" wrap="nowrap">
                  <Button
                    size="xs"
                    variant="default"
                    leftSection={<IconPencil size={14} />}
                    onClick={() => onEdit(user)}
                    aria-label={`${edit}: ${user.email}`}
                  >
                    {edit}
                  </Button>
                  <RemoveUser user={user} last={isLastOwner(user, users)} />
                </Group>
              </Table.Td>
            ) : null}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

function RemoveUser({ user, last }: { user: User; last: boolean }) {
  const { t } = useTranslation("users");
  const client = useQueryClient();
  const label = t("action.remove", { ns: "common" });
  const look = { size: "xs", leftSection: <IconTrash size={14} /> } as const;
  if (last) {
    return (
      <Tooltip label={t("lastOwner")} multiline maw={300} events={{ hover: true, focus: true, touch: true }}>
        <Button {...look} variant="light" color="red" data-disabled aria-disabled aria-label={`${label}: ${user.email}`}>
          {label}
        </Button>
      </Tooltip>
    );
  }
  const remove = async () => {
    await api.DELETE("/api/v1/users/{userId}", { params: { path: { userId: user.id } } });
    notifyDone(t("removed", { email: user.email }));
    await client.invalidateQueries({ queryKey: usersQuery.queryKey });
  };
  return (
    <ConfirmButton
      {...look}
      question={t("removeQuestion", { email: user.email })}
      explanation={t("removeHint")}
      confirmLabel={label}
      onConfirm={remove}
    >
      {label}
    </ConfirmButton>
  );
}
