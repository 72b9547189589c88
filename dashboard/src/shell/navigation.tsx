// The way to every page that this user may see.
import { NavLink, ScrollArea, Stack, Text } from "@mantine/core";
import {
  IconBook2, IconChartBar, IconCoin, IconHistory, IconKey, IconListDetails, IconMessage, IconMicrophone, IconPhone,
  IconPhoneCall, IconPhoneOutgoing, IconPlugConnected, IconRobot, IconSettings, IconShieldCheck, IconUsers, IconWebhook,
  type Icon,
} from "@tabler/icons-react";
import { Link, useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay, type Level } from "@/api/me";

interface Entry {
  to: string;
  text: string;
  icon: Icon;
  right: [resource: string, level: Level];
}

const groups: Array<{ title?: string; entries: Entry[] }> = [
  {
    entries: [
      { to: "/", text: "overview", icon: IconChartBar, right: ["calls", "read"] },
      { to: "/agents", text: "agents", icon: IconRobot, right: ["agents", "read"] },
    ],
  },
  {
    title: "talk",
    entries: [
      { to: "/talk", text: "talk", icon: IconMicrophone, right: ["sessions", "write"] },
      { to: "/chat", text: "chat", icon: IconMessage, right: ["sessions", "write"] },
      { to: "/outbound", text: "outbound", icon: IconPhoneOutgoing, right: ["calls", "write"] },
    ],
  },
  {
    title: "calls",
    entries: [
      { to: "/live", text: "live", icon: IconPhoneCall, right: ["calls", "read"] },
      { to: "/calls", text: "calls", icon: IconListDetails, right: ["calls", "read"] },
      { to: "/sessions", text: "sessions", icon: IconHistory, right: ["sessions", "read"] },
    ],
  },
  {
    title: "connect",
    entries: [
      { to: "/numbers", text: "numbers", icon: IconPhone, right: ["numbers", "read"] },
      { to: "/telephony", text: "telephony", icon: IconPlugConnected, right: ["telephony", "read"] },
      { to: "/keys", text: "keys", icon: IconKey, right: ["providerkeys", "read"] },
      { to: "/webhooks", text: "webhooks", icon: IconWebhook, right: ["webhooks", "read"] },
    ],
  },
  {
    title: "workspace",
    entries: [
      { to: "/users", text: "users", icon: IconUsers, right: ["users", "read"] },
      { to: "/api-keys", text: "apiKeys", icon: IconShieldCheck, right: ["keys", "admin"] },
      { to: "/prices", text: "prices", icon: IconCoin, right: ["prices", "read"] },
      { to: "/audit", text: "audit", icon: IconBook2, right: ["audit", "admin"] },
      { to: "/settings", text: "settings", icon: IconSettings, right: ["settings", "read"] },
    ],
  },
];

const isAt = (path: string, to: string) => (to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`));

export function Navigation({ onNavigate }: { onNavigate: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <ScrollArea type="auto" offsetScrollbars>
      <Stack gap="sm" component="nav" aria-label={t("nav.label")}>
        {groups.map((group, index) => {
          const entries = group.entries.filter((entry) => may(...entry.right));
          if (entries.length === 0) return null;
          return (
            <Stack key={group.title ?? index} gap={2}>
              {group.title ? (
                <Text size="xs" fw={600} c="dimmed" px="sm">
                  {t(`nav.groups.${group.title}`)}
                </Text>
              ) : null}
              {entries.map((entry) => (
                <NavLink
                  key={entry.to}
                  component={Link}
                  to={entry.to}
                  label={t(`nav.${entry.text}`)}
                  leftSection={<entry.icon size={18} aria-hidden />}
                  active={isAt(path, entry.to)}
                  aria-current={isAt(path, entry.to) ? "page" : undefined}
                  onClick={onNavigate}
                  py={5}
                  style={{ borderRadius: "var(--mantine-radius-md)" }}
                />
              ))}
            </Stack>
          );
        })}
      </Stack>
    </ScrollArea>
  );
}
