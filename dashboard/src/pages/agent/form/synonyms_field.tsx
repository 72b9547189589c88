// Values and the other ways to say each: the choices of a slot.
import { ActionIcon, Button, Group, Input, Paper, Stack, TagsInput, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isRecord } from "../document/path";
import { removeValue, renameKey } from "../document/document";
import { useEditor } from "../editor_context";
import { texts } from "../stages/graph";
import type { FieldProps } from "./field";

export function SynonymsField({ path, label, description, value, error, readOnly }: FieldProps) {
  const { t } = useTranslation("agent");
  const editor = useEditor();
  const [name, setName] = useState("");
  const values = isRecord(value) ? Object.entries(value) : [];
  const taken = values.some(([key]) => key === name.trim());
  const add = () => {
    if (name.trim() === "" || taken) return;
    editor.set([...path, name.trim()], []);
    setName("");
  };
  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div" role="group" aria-label={label}>
      <Stack gap={6} mt={6}>
        {values.map(([key, ways]) => (
          <Paper key={key} withBorder p="xs">
            <Group gap={6} wrap="nowrap" align="flex-start">
              <Stack gap={6} flex={1} miw={0}>
                <TextInput
                  defaultValue={key}
                  aria-label={t("slot.value", { name: key })}
                  readOnly={readOnly}
                  onBlur={(event) => {
                    const next = event.currentTarget.value.trim();
                    if (next === "" || next === key || values.some(([other]) => other === next)) event.currentTarget.value = key;
                    else editor.change((file) => renameKey(file, [...path, key], next));
                  }}
                />
                <TagsInput
                  aria-label={t("slot.ways", { name: key })}
                  placeholder={t("slot.waysHint")}
                  value={texts(ways)}
                  onChange={(next) => editor.set([...path, key], next)}
                  readOnly={readOnly}
                />
              </Stack>
              {readOnly ? null : (
                <ActionIcon variant="subtle" color="gray" size={36} aria-label={t("removeValue", { name: key })} onClick={() => editor.change((file) => removeValue(file, [...path, key]))}>
                  <IconX size={16} />
                </ActionIcon>
              )}
            </Group>
          </Paper>
        ))}
        {readOnly ? null : (
          <Group gap={6} wrap="nowrap">
            <TextInput size="xs" placeholder={t("slot.newValue")} aria-label={t("slot.newValue")} value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <Button size="xs" variant="subtle" leftSection={<IconPlus size={14} />} onClick={add} disabled={name.trim() === "" || taken}>
              {t("addText")}
            </Button>
          </Group>
        )}
      </Stack>
    </Input.Wrapper>
  );
}
