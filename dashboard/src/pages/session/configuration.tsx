// The agent as it was when the conversation began, to be read and copied.
import { Box, Button, Code, Group, SegmentedControl, Stack } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components";
import { stringify } from "yaml";

export default function Configuration({ config }: { config: object }) {
  const { t } = useTranslation("session");
  const [format, setFormat] = useState("yaml");
  const text = format === "yaml" ? stringify(config, { lineWidth: 110 }) : JSON.stringify(config, null, 2);
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <SegmentedControl
          size="xs"
          aria-label={t("format")}
          value={format}
          onChange={setFormat}
          data={[{ value: "yaml", label: "YAML" }, { value: "json", label: "JSON" }]}
        />
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button
              size="xs"
              variant="default"
              leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
              onClick={copy}
            >
              {t(copied ? "action.copied" : "action.copy", { ns: "common" })}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Box mah="60vh" style={{ overflow: "auto" }} tabIndex={0} role="region" aria-label={t("configuration")}>
        <Code block>{text}</Code>
      </Box>
    </Stack>
  );
}
