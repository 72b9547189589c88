// Parts that have a name: keys of the telephone, slots.
import { Button, Group, Input, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { removeValue } from "../document/document";
import { isRecord } from "../document/path";
import { problemAt } from "../document/problems";
import { schemaAt } from "../document/schema";
import { useEditor } from "../editor_context";
import { Card } from "./card";
import type { FieldProps } from "./field";
import { GroupField } from "./group_field";

export function MapField({ path, label, description, schema, value, error, readOnly }: FieldProps) {
  const { t } = useTranslation("agent");
  const editor = useEditor();
  const [name, setName] = useState("");
  const items = isRecord(value) ? Object.entries(value) : [];
  const key = String(path.at(-1));
  const wanted = name.trim();
  const pattern = schema.propertyNames?.pattern;
  const refusal =
    wanted === "" ? undefined : items.some(([other]) => other === wanted) ? t("nameTaken") : pattern && !new RegExp(pattern).test(wanted) ? t(`nameRule_${key}`, { defaultValue: t("nameRule") }) : undefined;
  const add = () => {
    if (wanted === "" || refusal) return;
    editor.set([...path, wanted], {});
    setName("");
  };
  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div" role="group" aria-label={label}>
      <Stack gap="sm" mt={6}>
        {items.map(([one, content]) => (
          <Card
            key={one}
            title={t(`titleOf_${key}`, { name: one, defaultValue: one })}
            error={problemAt(editor.problems, [...path, one])}
            onRemove={readOnly ? undefined : () => editor.change((file) => removeValue(file, [...path, one]))}
          >
            <GroupField path={[...path, one]} label={one} schema={schemaAt(editor.schema, [...path, one]) ?? {}} value={content} readOnly={readOnly} set={() => {}} plain />
          </Card>
        ))}
        {items.length === 0 && readOnly ? <Text size="sm">{t("none")}</Text> : null}
        {readOnly ? null : (
          <Group gap={6} align="flex-start">
            <TextInput
              aria-label={t(`new_${key}`, { defaultValue: t("newValueFor", { label }) })}
              placeholder={t(`new_${key}`, { defaultValue: t("newValue") })}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={refusal}
              onKeyDown={(event) => {
                if (event.key !== "Enter") return;
                event.preventDefault();
                add();
              }}
            />
            <Button variant="default" leftSection={<IconPlus size={16} />} onClick={add} disabled={wanted === "" || refusal !== undefined}>
              {t("addText")}
            </Button>
          </Group>
        )}
      </Stack>
    </Input.Wrapper>
  );
}
