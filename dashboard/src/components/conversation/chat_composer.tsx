// Where the message is written. It stays there until it is sent.
import { ActionIcon, Group, Text, Textarea, Tooltip } from "@mantine/core";
import { IconPlayerStopFilled, IconSend2 } from "@tabler/icons-react";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

interface ChatComposerProps {
  answering: boolean;
  disabled: boolean;
  onSend: (message: string) => void;
  onStop: () => void;
}

export function ChatComposer({ answering, disabled, onSend, onStop }: ChatComposerProps) {
  const { t } = useTranslation("conversation");
  const [message, setMessage] = useState("");
  const ready = !disabled && !answering && message.trim() !== "";

  const send = () => {
    if (!ready) return;
    onSend(message.trim());
    setMessage("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter that ends the choice of a letter is none of ours.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  const label = t(answering ? "chat.stop" : "chat.send");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Group gap="xs" wrap="nowrap" align="flex-end">
        <Textarea
          flex={1}
          autosize
          minRows={1}
          maxRows={8}
          maxLength={10_000}
          aria-label={t("chat.message")}
          placeholder={t("chat.placeholder")}
          value={message}
          disabled={disabled}
          onChange={(event) => setMessage(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <Tooltip label={label}>
          <ActionIcon
            type={answering ? "button" : "submit"}
            size={36}
            variant="filled"
            aria-label={label}
            disabled={!answering && !ready}
            onClick={answering ? onStop : undefined}
          >
            {answering ? <IconPlayerStopFilled size={18} /> : <IconSend2 size={18} />}
          </ActionIcon>
        </Tooltip>
      </Group>
      <Text size="xs" c="dimmed" mt={4}>
        {t("chat.hint")}
      </Text>
    </form>
  );
}
