// Parts in an order, such as tools.
import { Button, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { addItem, moveItem, removeValue } from "../document/document";
import { isRecord } from "../document/path";
import { problemAt } from "../document/problems";
import { schemaAt } from "../document/schema";
import { useEditor } from "../editor_context";
import { Card } from "./card";
import type { FieldProps } from "./field";
import { GroupField } from "./group_field";

// A new one has what it must have, for the form to show what is missing.
const fresh: Record<string, Record<string, unknown>> = {
  tools: { name: "new_tool", description: "", url: "https://" },
};

export function ListField({ path, label, description, value, error, readOnly, plain }: FieldProps) {
  const { t } = useTranslation("agent");
  const editor = useEditor();
  const items = Array.isArray(value) ? value : [];
  const schema = schemaAt(editor.schema, [...path, 0]) ?? {};
  const key = String(path.at(-1));
  const nameOf = (item: unknown, i: number) => (isRecord(item) && typeof item.name === "string" && item.name ? item.name : t("nth", { label, number: i + 1 }));
  return (
    <Stack gap="sm">
      {plain ? null : (
        <div>
          <Text fw={500} size="sm">
            {label}
          </Text>
          <Text size="xs" c="dimmed">
            {description}
          </Text>
        </div>
      )}
      {error ? (
        <Text size="sm" c="var(--mantine-color-error)">
          {error}
        </Text>
      ) : null}
      {items.map((item, i) => (
        <Card
          key={i}
          title={nameOf(item, i)}
          error={problemAt(editor.problems, [...path, i])}
          onUp={!readOnly && i > 0 ? () => editor.change((file) => moveItem(file, path, i, i - 1)) : undefined}
          onDown={!readOnly && i < items.length - 1 ? () => editor.change((file) => moveItem(file, path, i, i + 1)) : undefined}
          onRemove={readOnly ? undefined : () => editor.change((file) => removeValue(file, [...path, i]))}
        >
          <GroupField path={[...path, i]} label={nameOf(item, i)} schema={schema} value={item} readOnly={readOnly} set={() => {}} plain />
        </Card>
      ))}
      {readOnly ? null : (
        <Button
          variant="default"
          leftSection={<IconPlus size={16} />}
          style={{ alignSelf: "flex-start" }}
          onClick={() => editor.change((file) => addItem(file, path, fresh[key] ?? {}, editor.order))}
        >
          {t(`addTo_${key}`, { defaultValue: t("addTo", { label }) })}
        </Button>
      )}
    </Stack>
  );
}
