// What can be done to a call that goes on: end it, hand it to a person. What becomes of it is told by its page's state.
import { Button, Group, Modal, Text, Textarea, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPhoneOff, IconTransfer } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, idempotencyKey } from "@/api/client";
import { Problem } from "@/api/problem";
import { notifyDone, ProblemAlert } from "@/components";
import { AllowedButton, FormDialog } from "@/components/forms";
import { registerTexts } from "@/i18n";
import type { CallStatus } from "./model";
import texts from "./texts.en.json";

registerTexts("callActions", texts);

interface CallActionsProps {
  callId: string;
  status: CallStatus;
  size?: "xs" | "sm";
}

export function CallActions({ callId, status, size = "sm" }: CallActionsProps) {
  return (
    <Group gap="xs" wrap="nowrap">
      {status === "in_progress" ? <TransferButton callId={callId} size={size} /> : null}
      <HangUpButton callId={callId} status={status} size={size} />
    </Group>
  );
}

function HangUpButton({ callId, status, size }: Required<CallActionsProps>) {
  const { t } = useTranslation("callActions");
  const { t: common } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const early = status !== "in_progress";
  const hangUp = async () => {
    setBusy(true);
    setError(null);
    try {
      await api.POST("/api/v1/calls/{callId}/hang-up", {
        params: { path: { callId }, header: { "Idempotency-Key": idempotencyKey() } },
        body: {},
      });
      close();
      notifyDone(t("hangUp.done"));
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <AllowedButton resource="calls" level="write" size={size} color="red" variant="light" onClick={open} leftSection={<IconPhoneOff size={16} aria-hidden />}>
        {early ? t("hangUp.cancel") : t("hangUp.do")}
      </AllowedButton>
      <Modal
        opened={opened}
        onClose={close}
        title={early ? t("hangUp.cancelQuestion") : t("hangUp.question")}
        closeButtonProps={{ "aria-label": common("action.close") }}
      >
        <Text size="sm" mb="md">
          {early ? t("hangUp.cancelHint") : t("hangUp.hint")}
        </Text>
        <ProblemAlert error={error} />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close}>
            {t("hangUp.keep")}
          </Button>
          <Button color="red" loading={busy} onClick={() => void hangUp()} data-autofocus>
            {early ? t("hangUp.cancel") : t("hangUp.do")}
          </Button>
        </Group>
      </Modal>
    </>
  );
}

function TransferButton({ callId, size }: { callId: string; size: "xs" | "sm" }) {
  const { t } = useTranslation("callActions");
  const [opened, { open, close }] = useDisclosure(false);
  const [to, setTo] = useState("");
  const [say, setSay] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const about = (field: string) => (error instanceof Problem ? error.about(field) : undefined);
  const transfer = async () => {
    setBusy(true);
    setError(null);
    try {
      await api.POST("/api/v1/calls/{callId}/transfer", {
        params: { path: { callId }, header: { "Idempotency-Key": idempotencyKey() } },
        body: { ...(to.trim() ? { to: to.trim() } : {}), ...(say.trim() ? { say: say.trim() } : {}) },
      });
      close();
      notifyDone(t("transfer.done"));
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <AllowedButton resource="calls" level="write" size={size} variant="default" onClick={open} leftSection={<IconTransfer size={16} aria-hidden />}>
        {t("transfer.do")}
      </AllowedButton>
      <FormDialog
        opened={opened}
        title={t("transfer.title")}
        onClose={close}
        onSubmit={() => void transfer()}
        busy={busy}
        error={error}
        submitLabel={t("transfer.do")}
      >
        <TextInput
          label={t("transfer.to")}
          description={t("transfer.toHint")}
          value={to}
          maxLength={32}
          inputMode="tel"
          autoComplete="off"
          error={about("to")}
          data-autofocus
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <Textarea
          label={t("transfer.say")}
          description={t("transfer.sayHint")}
          value={say}
          maxLength={1000}
          autosize
          minRows={2}
          error={about("say")}
          onChange={(event) => setSay(event.currentTarget.value)}
        />
      </FormDialog>
    </>
  );
}
