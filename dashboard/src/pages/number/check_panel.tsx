// Would a call be answered? Asked when somebody wants to know.
import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconStethoscope } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body, type Schemas } from "@/api/client";
import { Findings } from "@/components/forms";

export function CheckPanel({ number }: { number: Schemas["PhoneNumber"] }) {
  const { t } = useTranslation("number");
  const check = useMutation({
    mutationFn: () =>
      api.POST("/api/v1/phone-numbers/{phoneNumberId}/check", { params: { path: { phoneNumberId: number.id } } }).then(body),
  });
  const done = check.data !== undefined || check.isError;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <Stack gap={2} style={{ flex: "1 1 280px" }}>
            <Title order={2}>{t("checkTitle")}</Title>
            <Text size="sm" c="dimmed">
              {t("checkHint")}
            </Text>
          </Stack>
          <Button leftSection={<IconStethoscope size={16} />} loading={check.isPending} onClick={() => check.mutate()}>
            {t(done ? "checkAgain" : "check", { ns: "forms" })}
          </Button>
        </Group>
        <Findings check={check.data} busy={check.isPending} error={check.error} />
      </Stack>
    </Paper>
  );
}
