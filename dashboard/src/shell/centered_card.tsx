// The frame of the pages before the login: one small card in the middle.
import { Alert, Center, Container, Group, Image, Paper, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconPlugConnectedX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useReachable } from "@/api/connection";

interface CenteredCardProps {
  title: string;
  description?: ReactNode;
  children: ReactNode;
}

export function CenteredCard({ title, description, children }: CenteredCardProps) {
  const { t } = useTranslation();
  const reachable = useReachable();
  useDocumentTitle(`${title} · Parley`);
  return (
    <Center mih="100dvh" p="md" component="main">
      <Container size={420} w="100%" px={0}>
        <Group gap="xs" justify="center" mb="lg">
          <Image src="/icon.svg" w={32} h={32} alt="" />
          <Text fw={700} size="xl" span>
            {t("app")}
          </Text>
        </Group>
        {reachable ? null : (
          <Alert color="orange" icon={<IconPlugConnectedX />} mb="md" role="status" title={t("state.offline")} />
        )}
        <Paper withBorder p="lg">
          <Stack>
            <Stack gap={4}>
              <Title order={1}>{title}</Title>
              {description ? (
                <Text c="dimmed" size="sm" component="div">
                  {description}
                </Text>
              ) : null}
            </Stack>
            {children}
          </Stack>
        </Paper>
      </Container>
    </Center>
  );
}
