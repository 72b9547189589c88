import { FileButton, Button, Group, Stack, Textarea } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { parse } from "../agent/document/document";

const kLargest = 1_000_000;

export function TextForm({ text, onText }: { text: string; onText: (text: string) => void }) {
  const { t } = useTranslation("agent_new");
  const [tooLarge, setTooLarge] = useState(false);
  const fault = text.trim() === "" ? undefined : parse(text).fault;
  return (
    <Stack>
      <Textarea
        label={t("text")}
        description={t("textHint")}
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
        autosize
        minRows={10}
        maxRows={24}
        spellCheck={false}
        error={tooLarge ? t("tooLarge") : fault ? t("unreadable", fault) : undefined}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "var(--mantine-font-size-sm)" } }}
      />
      <Group>
        <FileButton
          accept=".yaml,.yml,.json,text/yaml,application/json"
          onChange={(file) => {
            setTooLarge((file?.size ?? 0) > kLargest);
            if (file && file.size <= kLargest) void file.text().then(onText);
          }}
        >
          {(props) => (
            <Button {...props} variant="default" leftSection={<IconFileUpload size={16} />}>
              {t("file")}
            </Button>
          )}
        </FileButton>
      </Group>
    </Stack>
  );
}
