// One of several parts that are alike: what it is called, and the ways to move and remove it.
import { ActionIcon, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface CardProps {
  title: string;
  // undefined: there is no order, or no place to go.
  onUp?: () => void;
  onDown?: () => void;
  onRemove?: () => void;
  error?: string;
  children: ReactNode;
}

export function Card({ title, onUp, onDown, onRemove, error, children }: CardProps) {
  const { t } = useTranslation("agent");
  return (
    <Paper withBorder p="sm">
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Title order={3} style={{ overflowWrap: "anywhere" }} fz="sm">
            {title}
          </Title>
          <Group gap={2} wrap="nowrap">
            {onUp ? (
              <ActionIcon variant="subtle" color="gray" onClick={onUp} aria-label={t("moveUp", { name: title })}>
                <IconArrowUp size={16} />
              </ActionIcon>
            ) : null}
            {onDown ? (
              <ActionIcon variant="subtle" color="gray" onClick={onDown} aria-label={t("moveDown", { name: title })}>
                <IconArrowDown size={16} />
              </ActionIcon>
            ) : null}
            {onRemove ? (
              <ActionIcon variant="subtle" color="red" onClick={onRemove} aria-label={t("removeValue", { name: title })}>
                <IconTrash size={16} />
              </ActionIcon>
            ) : null}
          </Group>
        </Group>
        {error ? (
          <Text size="sm" c="var(--mantine-color-error)">
            {error}
          </Text>
        ) : null}
        {children}
      </Stack>
    </Paper>
  );
}
