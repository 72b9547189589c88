// A dialog with a form: what was typed stays there after an error, Enter sends it, and a click beside it does not close
// it.
import { Button, Group, Modal, Stack, type MantineSize } from "@mantine/core";
import { useEffect, useRef, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ProblemAlert } from "../problem_alert";
import { ChangedMeanwhile, isStale } from "./changed_meanwhile";

interface FormDialogProps {
  opened: boolean;
  title: string;
  onClose: () => void;
  onSubmit: () => void;
  busy: boolean;
  error: unknown;
  submitLabel: string;
  submitDisabled?: boolean;
  // What is there now is read again: offered when somebody else was faster.
  onLoadNewer?: () => void;
  size?: MantineSize;
  children: ReactNode;
}

export function FormDialog(props: FormDialogProps) {
  const { t } = useTranslation();
  const form = useRef<HTMLFormElement>(null);
  // Whoever sent the form is taken to the first field that is wrong: it may be out of sight.
  useEffect(() => {
    if (props.error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [props.error]);
  const close = () => {
    if (!props.busy) props.onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // A dialog inside a form's tree must not send that one, too.
    event.stopPropagation();
    props.onSubmit();
  };
  return (
    <Modal
      opened={props.opened}
      onClose={close}
      title={props.title}
      size={props.size}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <form ref={form} onSubmit={submit} noValidate>
        <Stack>
          {props.children}
          {isStale(props.error) && props.onLoadNewer ? (
            <ChangedMeanwhile onLoad={props.onLoadNewer} />
          ) : (
            <ProblemAlert error={props.error} />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t("action.cancel")}
            </Button>
            <Button type="submit" loading={props.busy} disabled={props.submitDisabled}>
              {props.submitLabel}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
