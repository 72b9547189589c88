// Whoever leaves the page with changes that are not saved is asked first.
import { Button, Group, Modal, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

export function UnsavedGuard({ dirty }: { dirty: boolean }) {
  const { t } = useTranslation("agent");
  const { t: common } = useTranslation();
  const blocker = useBlocker({
    // Another tab of the same page is no leaving.
    shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname,
    enableBeforeUnload: dirty,
    withResolver: true,
  });
  const blocked = blocker.status === "blocked";
  return (
    <Modal opened={blocked} onClose={() => blocker.reset?.()} title={t("guard.title")} closeButtonProps={{ "aria-label": common("action.close") }}>
      <Text size="sm">{t("guard.hint")}</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => blocker.reset?.()} data-autofocus>
          {t("guard.stay")}
        </Button>
        <Button color="red" onClick={() => blocker.proceed?.()}>
          {t("guard.leave")}
        </Button>
      </Group>
    </Modal>
  );
}
