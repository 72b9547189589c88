// A change that was refused because somebody else was faster.
import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";

export function isStale(error: unknown): boolean {
  return error instanceof Problem && error.status === 412;
}

export function ChangedMeanwhile({ onLoad }: { onLoad: () => void }) {
  const { t } = useTranslation("forms");
  return (
    <Alert color="yellow" icon={<IconUsers />} title={t("changedTitle")} role="alert">
      <Stack align="flex-start" gap="xs">
        <Text size="sm">{t("changedHint")}</Text>
        <Button size="xs" variant="default" onClick={onLoad}>
          {t("loadNewer")}
        </Button>
      </Stack>
    </Alert>
  );
}
