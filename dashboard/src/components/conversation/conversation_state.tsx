// Where the agent is in its conversation, and what it knows by now.
import { Badge, Group, Stack, Text } from "@mantine/core";
import { IconUserExclamation } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Slot } from "./model";
import "./texts";

interface ConversationStateProps {
  stage: string;
  slots: readonly Slot[];
  escalation?: string | null;
}

export function ConversationState({ stage, slots, escalation }: ConversationStateProps) {
  const { t } = useTranslation("conversation");
  if (!stage && slots.length === 0 && escalation == null) return null;
  return (
    <Stack gap="xs">
      {stage ? (
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {t("state.stage")}
          </Text>
          <Badge variant="light" tt="none">
            {stage}
          </Badge>
        </Group>
      ) : null}
      {slots.length > 0 ? (
        <Stack gap={2} component="dl" m={0}>
          {slots.map((slot) => (
            <Group key={slot.name} gap="xs" wrap="nowrap" align="baseline">
              <Text size="sm" c="dimmed" component="dt">
                {slot.name}
              </Text>
              <Text size="sm" component="dd" m={0} style={{ overflowWrap: "anywhere" }}>
                {slot.value}
              </Text>
            </Group>
          ))}
        </Stack>
      ) : null}
      {escalation == null ? null : (
        <Group gap="xs" wrap="nowrap">
          <IconUserExclamation size={16} aria-hidden />
          <Text size="sm">{[t("state.escalated"), escalation].filter(Boolean).join(": ")}</Text>
        </Group>
      )}
    </Stack>
  );
}
