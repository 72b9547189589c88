// A secret in the only answer that holds it. It lives in the state of the page that shows it and goes with it.
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { CopyField } from "../copy_field";

interface SecretOnceProps {
  title: string;
  // null: nothing is shown.
  values: ReadonlyArray<{ label: string; value: string; description?: string }> | null;
  onClose: () => void;
  children?: ReactNode;
}

export function SecretOnce({ title, values, onClose, children }: SecretOnceProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={values !== null}
      onClose={onClose}
      title={title}
      size="lg"
      closeOnClickOutside={false}
      closeOnEscape={false}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <Stack>
        <Alert color="yellow" icon={<IconKey />} title={t("onceTitle", { ns: "forms" })}>
          <Text size="sm">{t("onceHint", { ns: "forms" })}</Text>
        </Alert>
        {values?.map((each) => <CopyField key={each.label} {...each} />)}
        {children}
        <Group justify="flex-end">
          <Button onClick={onClose}>{t("onceDone", { ns: "forms" })}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
