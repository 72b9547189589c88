// The keys of a telephone; the keyboard's own work as well while the pad is open.
import { Button, Popover, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconDialpad } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/voice";

export function Keypad({ pressed, onPress, disabled }: { pressed: string; onPress: (key: string) => void; disabled: boolean }) {
  const { t } = useTranslation("conversation");
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened && !disabled} onChange={setOpened} trapFocus withArrow position="bottom">
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconDialpad size={18} aria-hidden />}
          disabled={disabled}
          onClick={() => setOpened((open) => !open)}
        >
          {t("call.keypad")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown
        aria-label={t("call.keypad")}
        onKeyDown={(event) => {
          if ((keys as readonly string[]).includes(event.key)) onPress(event.key);
        }}
      >
        <Stack gap="xs">
          <Text size="sm" ff="monospace" ta="center" mih="1.5em" aria-live="polite">
            {pressed ? t("call.keysPressed", { keys: pressed }) : ""}
          </Text>
          <SimpleGrid cols={3} spacing="xs">
            {keys.map((key) => (
              <Button key={key} variant="default" size="md" onClick={() => onPress(key)} aria-label={t("call.key", { key })}>
                {key}
              </Button>
            ))}
          </SimpleGrid>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
