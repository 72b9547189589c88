// A button for what cannot be taken back: it asks first, and says what will be gone.
import { Button, Group, Modal, Text, type ButtonProps } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ProblemAlert } from "./problem_alert";

interface ConfirmButtonProps extends ButtonProps {
  question: string;
  explanation?: ReactNode;
  confirmLabel?: string;
  // The dialog stays open with the reason when this fails.
  onConfirm: () => Promise<unknown>;
  children: ReactNode;
}

export function ConfirmButton({ question, explanation, confirmLabel, onConfirm, children, ...button }: ConfirmButtonProps) {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      close();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <Button color="red" variant="light" {...button} onClick={open}>
        {children}
      </Button>
      <Modal opened={opened} onClose={close} title={question} closeButtonProps={{ "aria-label": t("action.close") }}>
        {explanation ? (
          <Text size="sm" mb="md" component="div">
            {explanation}
          </Text>
        ) : null}
        <ProblemAlert error={error} />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close}>
            {t("action.cancel")}
          </Button>
          <Button color="red" loading={busy} onClick={() => void confirm()} data-autofocus>
            {confirmLabel ?? t("action.confirm")}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
