// The account in the server's own settings: it can be checked, but not seen or changed here.
import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconStethoscope } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { Problem } from "@/api/problem";
import { Findings } from "@/components/forms";

export function ServerAccount() {
  const { t } = useTranslation("telephony");
  const check = useMutation({
    mutationFn: () =>
      api
        .POST("/api/v1/telephony-configurations/{configurationId}/check", { params: { path: { configurationId: "settings" } } })
        .then(body),
  });
  const none = check.error instanceof Problem && (check.error.status === 404 || check.error.status === 409);
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <Stack gap={2} style={{ flex: "1 1 300px" }}>
            <Title order={2}>{t("server")}</Title>
            <Text size="sm" c="dimmed">
              {t("serverHint")}
            </Text>
          </Stack>
          <Button
            size="xs"
            variant="light"
            leftSection={<IconStethoscope size={14} />}
            loading={check.isPending}
            onClick={() => check.mutate()}
            aria-label={`${t("check", { ns: "forms" })}: ${t("server")}`}
          >
            {t("check", { ns: "forms" })}
          </Button>
        </Group>
        {none ? (
          <Text size="sm" role="status">
            {t("serverNone")}
          </Text>
        ) : (
          <Findings check={check.data} busy={check.isPending} error={check.error} />
        )}
      </Stack>
    </Paper>
  );
}
