// A call without a phone.
import { Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { CopyField } from "@/components";
import { simulation } from "./guide";

export function Simulation({ number }: { number: Schemas["PhoneNumber"] }) {
  const { t } = useTranslation("number");
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2}>{t("simulate.title")}</Title>
        {number.provider === "twilio" ? (
          <Text size="sm">{t("simulate.twilio")}</Text>
        ) : (
          <>
            <Text size="sm" c="dimmed">
              {t("simulate.hint")}
            </Text>
            <CopyField label={t("simulate.command")} value={simulation(number.websocketUrl, number.phoneNumber)} />
          </>
        )}
      </Stack>
    </Paper>
  );
}
