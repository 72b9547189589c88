// One text or several: a file may write one without a list.
import { ActionIcon, Button, Group, Input, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { problemAt } from "../document/problems";
import { addItem, removeValue, setValue } from "../document/document";
import { useEditor } from "../editor_context";
import type { FieldProps } from "./field";

export function TextsField({ path, label, description, schema, value, error, readOnly, set }: FieldProps) {
  const { t } = useTranslation("agent");
  const editor = useEditor();
  const id = useId();
  const rows = useRef<HTMLDivElement>(null);
  const listed = Array.isArray(value);
  const texts = listed ? value.map((text) => String(text ?? "")) : value === undefined || value === null ? [""] : [String(value)];

  const put = (i: number, text: string) => {
    if (listed) editor.set([...path, i], text);
    else set(text === "" ? undefined : text);
  };
  const add = () => {
    editor.change((file) => (listed ? addItem(file, path, "") : setValue(file, path, [...texts, ""], editor.order)));
    setTimeout(() => rows.current?.querySelector<HTMLInputElement>(":scope > :last-child input")?.focus());
  };
  const remove = (i: number) =>
    editor.change((file) => (listed && texts.length > 1 ? removeValue(file, [...path, i], path.length) : removeValue(file, path)));

  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div" id={id} role="group" aria-label={label}>
      <Stack gap={6} mt={6} mb={error ? 6 : 0} ref={rows}>
        {texts.map((text, i) => (
          <Group key={i} gap={4} wrap="nowrap" align="flex-start">
            <TextInput
              flex={1}
              value={text}
              onChange={(event) => put(i, event.currentTarget.value)}
              aria-label={t("nth", { label, number: i + 1 })}
              placeholder={texts.length === 1 && typeof schema.default === "string" ? schema.default : undefined}
              error={problemAt(editor.problems, [...path, i])}
              readOnly={readOnly}
              onKeyDown={(event) => {
                if (event.key !== "Enter" || text === "" || readOnly) return;
                event.preventDefault();
                add();
              }}
            />
            {!readOnly && (texts.length > 1 || text !== "" || listed) ? (
              <ActionIcon variant="subtle" color="gray" size={36} onClick={() => remove(i)} aria-label={t("removeNth", { label, number: i + 1 })}>
                <IconX size={16} />
              </ActionIcon>
            ) : null}
          </Group>
        ))}
      </Stack>
      {readOnly || (texts.length === 1 && texts[0] === "") ? null : (
        <Button variant="subtle" size="compact-sm" mt={6} leftSection={<IconPlus size={14} />} onClick={add} aria-label={t("addTo", { label })}>
          {t("addText")}
        </Button>
      )}
    </Input.Wrapper>
  );
}
