// Who is logged in, the colours, the way out.
import { Avatar, Menu, SegmentedControl, Stack, Text, UnstyledButton, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import { IconLogout, IconUser } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useMe } from "@/api/me";
import { queryClient } from "@/api/query_client";
import { notifyProblem } from "@/components";

export function UserMenu() {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const isUser = me.kind === "user";

  const signOut = async () => {
    try {
      await api.POST("/api/v1/logout");
      queryClient.clear();
      await navigate({ to: "/login", search: {} });
    } catch (error) {
      notifyProblem(error);
    }
  };

  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton>
          <Avatar color="teal" radius="xl" name={me.name || me.email} variant="filled" />
          <VisuallyHidden>{t("account")}</VisuallyHidden>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Stack gap={0} px="sm" py="xs">
          <Text fw={600} size="sm">
            {me.name || me.email}
          </Text>
          <Text size="xs" c="dimmed">
            {[me.role, me.workspace.name].filter(Boolean).join(" · ")}
          </Text>
        </Stack>
        <Menu.Divider />
        <Stack px="sm" py="xs">
          <SegmentedControl
            size="xs"
            aria-label={t("colorScheme.label")}
            value={colorScheme}
            onChange={(value) => setColorScheme(value as typeof colorScheme)}
            data={(["light", "dark", "auto"] as const).map((value) => ({ value, label: t(`colorScheme.${value}`) }))}
          />
        </Stack>
        {isUser ? (
          <>
            <Menu.Divider />
            <Menu.Item component={Link} to="/account" leftSection={<IconUser size={16} />}>
              {t("account")}
            </Menu.Item>
            <Menu.Item onClick={() => void signOut()} leftSection={<IconLogout size={16} />}>
              {t("signOut")}
            </Menu.Item>
          </>
        ) : null}
      </Menu.Dropdown>
    </Menu>
  );
}
