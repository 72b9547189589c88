// Names with plain values: options of a vendor, headers of a request.
import { ActionIcon, Button, Group, Input, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isRecord } from "../document/path";
import { removeValue, renameKey } from "../document/document";
import { problemAt } from "../document/problems";
import { useEditor } from "../editor_context";
import type { FieldProps } from "./field";
import { readPlain } from "./read_plain";

export function ValuesField({ path, label, description, schema, value, error, readOnly }: FieldProps) {
  const { t } = useTranslation("agent");
  const editor = useEditor();
  const [name, setName] = useState("");
  const values = isRecord(value) ? Object.entries(value) : [];
  const member = typeof schema.additionalProperties === "object" ? schema.additionalProperties : {};
  const onlyText = member.type === "string";
  const taken = values.some(([key]) => key === name.trim());
  const add = () => {
    if (name.trim() === "" || taken) return;
    editor.set([...path, name.trim()], "");
    setName("");
  };
  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div" role="group" aria-label={label}>
      <Stack gap={6} mt={6}>
        {values.map(([key, one]) => (
          <Group key={key} gap={6} wrap="nowrap" align="flex-start">
            <TextInput
              w="40%"
              defaultValue={key}
              aria-label={t("valueName", { name: key })}
              readOnly={readOnly}
              onBlur={(event) => {
                const next = event.currentTarget.value.trim();
                if (next === "" || next === key || values.some(([other]) => other === next)) event.currentTarget.value = key;
                else editor.change((file) => renameKey(file, [...path, key], next));
              }}
            />
            <TextInput
              flex={1}
              value={one === null || one === undefined ? "" : String(one)}
              onChange={(event) => editor.set([...path, key], onlyText ? event.currentTarget.value : readPlain(event.currentTarget.value, one))}
              aria-label={t("valueOf", { name: key })}
              error={problemAt(editor.problems, [...path, key])}
              readOnly={readOnly}
            />
            {readOnly ? null : (
              <ActionIcon variant="subtle" color="gray" size={36} aria-label={t("removeValue", { name: key })} onClick={() => editor.change((file) => removeValue(file, [...path, key]))}>
                <IconX size={16} />
              </ActionIcon>
            )}
          </Group>
        ))}
        {readOnly ? null : (
          <Group gap={6} wrap="nowrap">
            <TextInput
              w="40%"
              size="xs"
              placeholder={t("newValue")}
              aria-label={t("newValueFor", { label })}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key !== "Enter") return;
                event.preventDefault();
                add();
              }}
            />
            <Button size="xs" variant="subtle" leftSection={<IconPlus size={14} />} onClick={add} disabled={name.trim() === "" || taken}>
              {t("addText")}
            </Button>
          </Group>
        )}
      </Stack>
    </Input.Wrapper>
  );
}
