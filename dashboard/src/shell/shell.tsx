// The frame of every page after the login: header, navigation, the page itself, and what is told when the server is
// away.
import { Alert, Anchor, AppShell, Burger, Container, Group, Image, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { Link, Outlet, useMatches } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useReachable } from "@/api/connection";
import { useMay } from "@/api/me";
import { NoPermission } from "@/components";
import { Navigation } from "./navigation";
import { UserMenu } from "./user_menu";

function Gate() {
  const may = useMay();
  const right = useMatches({ select: (matches) => matches.at(-1)?.staticData.right });
  if (right && !may(right.resource, right.level)) return <NoPermission right={`${right.resource}:${right.level}`} />;
  return <Outlet />;
}

export function Shell() {
  const { t } = useTranslation();
  const reachable = useReachable();
  const [opened, { toggle, close }] = useDisclosure(false);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding={{ base: "sm", sm: "lg" }}
    >
      <a className="skip-link" href="#content">
        {t("skipToContent")}
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t("menu")} aria-expanded={opened} />
            <Anchor component={Link} to="/" underline="never" c="inherit" aria-label={`${t("app")}: ${t("nav.overview")}`}>
              <Group gap={8} wrap="nowrap">
                <Image src="/icon.svg" w={26} h={26} alt="" />
                <Text fw={700} size="lg" span>
                  {t("app")}
                </Text>
              </Group>
            </Anchor>
          </Group>
          <UserMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm">
        <Navigation onNavigate={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Container size={1280} px={0}>
          {reachable ? null : (
            <Alert color="orange" icon={<IconPlugConnectedX />} mb="md" role="status" title={t("state.offline")} />
          )}
          <Gate />
        </Container>
      </AppShell.Main>
    </AppShell>
  );
}
