// What the carrier's requests for this number must carry.
import { Badge, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, body, type Schemas } from "@/api/client";
import { useMay } from "@/api/me";
import { ConfirmButton, notifyDone, ProblemAlert } from "@/components";
import { AllowedButton, SecretOnce } from "@/components/forms";

type Made = Schemas["PhoneNumberSecret"];

interface SecretPanelProps {
  number: Schemas["PhoneNumber"];
  // null: there is none any more.
  onMade: (made: Made | null) => void;
}

const named = ["dynamicEndpointUrl", "webhookUrl", "statusCallbackUrl", "passthruUrl", "connectUrl", "greetingUrl"] as const;

export function SecretPanel({ number, onMade }: SecretPanelProps) {
  const { t } = useTranslation("number");
  const may = useMay();
  const client = useQueryClient();
  const [shown, setShown] = useState<Made | null>(null);
  const again = () => client.invalidateQueries({ queryKey: ["phone-numbers"] });
  const path = { params: { path: { phoneNumberId: number.id } } };
  const make = useMutation({
    mutationFn: () => api.POST("/api/v1/phone-numbers/{phoneNumberId}/secret", path).then(body),
    onSuccess: async (made) => {
      setShown(made);
      onMade(made);
      make.reset(); // the cache of mutations holds no secret
      await again();
    },
  });
  const remove = async () => {
    await api.DELETE("/api/v1/phone-numbers/{phoneNumberId}/secret", path);
    onMade(null);
    notifyDone(t("secret.removed"));
    await again();
  };
  const values = shown && [
    { label: t("secret.value"), value: shown.secret, description: t("secret.valueHint") },
    ...named.flatMap((name) => {
      const value = shown[name];
      return value ? [{ label: t(`address.${name}`), description: t(`address.${name}Hint`), value }] : [];
    }),
  ];
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <Stack gap={4} style={{ flex: "1 1 280px" }}>
            <Group gap="xs">
              <Title order={2}>{t("secret.title")}</Title>
              <Badge variant="light" color={number.hasSecret ? "teal" : "gray"} tt="none">
                {t(number.hasSecret ? "secret.has" : "secret.none")}
              </Badge>
            </Group>
            <Text size="sm" c="dimmed">
              {t(number.provider === "twilio" ? "secret.twilioHint" : "secret.hint")}
            </Text>
          </Stack>
          <Group gap="xs">
            {number.hasSecret && may("numbers", "write") ? (
              <>
                <ConfirmButton
                  variant="default"
                  color={undefined}
                  question={t("secret.replaceQuestion")}
                  explanation={t("secret.replaceHint")}
                  confirmLabel={t("secret.replace")}
                  onConfirm={() => make.mutateAsync()}
                >
                  {t("secret.replace")}
                </ConfirmButton>
                <ConfirmButton
                  question={t("secret.removeQuestion")}
                  explanation={t("secret.removeHint")}
                  confirmLabel={t("secret.remove")}
                  onConfirm={remove}
                >
                  {t("secret.remove")}
                </ConfirmButton>
              </>
            ) : null}
            {number.hasSecret ? null : (
              <AllowedButton resource="numbers" level="write" variant="default" loading={make.isPending} onClick={() => make.mutate()}>
                {t("secret.make")}
              </AllowedButton>
            )}
          </Group>
        </Group>
        <ProblemAlert error={make.error} />
      </Stack>
      <SecretOnce title={t("secret.shown")} values={values} onClose={() => setShown(null)} />
    </Paper>
  );
}
