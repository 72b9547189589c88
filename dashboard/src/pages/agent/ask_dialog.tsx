// A question before something that cannot be taken back; it stays open with the reason when that fails.
import { Button, Group, Modal, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ProblemAlert } from "@/components";

interface AskDialogProps {
  opened: boolean;
  onClose: () => void;
  question: string;
  hint: string;
  action: string;
  onConfirm: () => Promise<unknown>;
}

export function AskDialog({ opened, onClose, question, hint, action, onConfirm }: AskDialogProps) {
  const { t } = useTranslation();
  const run = useMutation({ mutationFn: onConfirm, onSuccess: onClose });
  return (
    <Modal opened={opened} onClose={onClose} title={question} closeButtonProps={{ "aria-label": t("action.close") }}>
      <Text size="sm" mb="md">
        {hint}
      </Text>
      <ProblemAlert error={run.error} />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t("action.cancel")}
        </Button>
        <Button color="red" loading={run.isPending} onClick={() => run.mutate()}>
          {action}
        </Button>
      </Group>
    </Modal>
  );
}
