// Who listens, thinks or speaks: provider, model, voice and options from what there is to choose, or typed freely; and
// those who take over when it fails.
import { Autocomplete, Badge, Button, Fieldset, Group, Stack, Text } from "@mantine/core";
import { IconKeyOff, IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { showDay } from "@/api/format";
import type { Choices } from "@/components/agents";
import { AnchorLink } from "@/components/links";
import { addItem, moveItem, removeValue } from "../document/document";
import { isRecord, type Path } from "../document/path";
import { problemAt, problemsIn } from "../document/problems";
import { schemaAt } from "../document/schema";
import { useEditor } from "../editor_context";
import { Card } from "./card";
import { useLabel, type FieldProps } from "./field";
import classes from "./form.module.css";
import { offered, partOf, type Offer } from "./offers";
import { ValuesField } from "./values_field";

interface PickProps {
  path: Path;
  description?: string;
  value: unknown;
  offers: Offer[];
}

function Pick({ path, description, value, offers }: PickProps) {
  const editor = useEditor();
  const label = useLabel()(path);
  const { t } = useTranslation("agent");
  const text = value === undefined || value === null ? "" : String(value);
  const notes = new Map(offers.map((offer) => [offer.value, offer.note]));
  return (
    <Autocomplete
      label={label}
      description={description}
      value={text}
      onChange={(next) => editor.set(path, next === "" ? undefined : next)}
      placeholder={offers.find((offer) => offer.isDefault)?.value ?? t("notSet")}
      data={offers.map((offer) => offer.value)}
      renderOption={({ option }) => (
        <div>
          <Text size="sm">{option.value}</Text>
          {notes.get(option.value) ? (
            <Text size="xs" opacity={0.85}>
              {notes.get(option.value)}
            </Text>
          ) : null}
        </div>
      )}
      filter={({ options, search }) => {
        const sought = search.trim().toLowerCase();
        if (notes.has(text) && sought === text.toLowerCase()) return options;
        return options.filter((option) => "value" in option && `${option.value} ${notes.get(String(option.value)) ?? ""}`.toLowerCase().includes(sought));
      }}
      limit={100}
      maxDropdownHeight={280}
      error={problemAt(editor.problems, path)}
      readOnly={editor.readOnly}
    />
  );
}

function Choice({ path, value }: { path: Path; value: unknown }) {
  const { t } = useTranslation("agent");
  const editor = useEditor();
  const label = useLabel();
  const part = partOf(path);
  const one = isRecord(value) ? value : {};
  const choice = editor.choices?.[part as keyof Pick<Choices, "stt">]?.find((provider) => provider.provider === one.provider);
  const offers = offered(editor.choices, part, one, editor.parsed.data.language);
  const model = choice?.models.find((known) => known.id === one.model);
  const describe = (name: string) => schemaAt(editor.schema, [...path, name])?.description;
  return (
    <Stack gap="sm">
      <div className={classes.grid}>
        <Pick path={[...path, "provider"]} description={describe("provider")} value={one.provider} offers={offers.providers} />
        <Pick path={[...path, "model"]} description={describe("model")} value={one.model} offers={offers.models} />
        {part === "tts" || part === "sts" || one.voice !== undefined ? (
          <Pick path={[...path, "voice"]} description={describe("voice")} value={one.voice} offers={offers.voices} />
        ) : null}
      </div>
      {choice && !choice.ready ? (
        <Group gap="xs">
          <Badge variant="default" leftSection={<IconKeyOff size={12} />} tt="none">
            {t("provider.noKey", { name: choice.label })}
          </Badge>
          <AnchorLink to="/keys" size="sm">
            {t("provider.addKey")}
          </AnchorLink>
        </Group>
      ) : null}
      {model?.endsOn ? (
        <Text size="sm" c="var(--mantine-color-error)">
          {t("provider.ends", { model: model.id, day: showDay(model.endsOn) })}
        </Text>
      ) : null}
      <ValuesField
        path={[...path, "options"]}
        label={label([...path, "options"])}
        description={describe("options")}
        schema={schemaAt(editor.schema, [...path, "options"]) ?? {}}
        value={one.options}
        error={problemAt(editor.problems, [...path, "options"])}
        readOnly={editor.readOnly}
        set={(next) => editor.set([...path, "options"], next)}
      />
    </Stack>
  );
}

export function ProviderField({ path, label, description, schema, value, error, readOnly, plain }: FieldProps) {
  const { t } = useTranslation("agent");
  const editor = useEditor();
  const one = isRecord(value) ? value : {};
  const fallbacks = Array.isArray(one.fallbacks) ? one.fallbacks : [];
  const list = [...path, "fallbacks"];
  const most = schema.properties?.fallbacks?.maxItems ?? 8;
  const content = (
    <Stack gap="sm">
      {error ? (
        <Text size="sm" c="var(--mantine-color-error)">
          {error}
        </Text>
      ) : null}
      <Choice path={path} value={value} />
      {schema.properties?.fallbacks ? (
        <>
          {fallbacks.map((fallback, i) => (
            <Card
              key={i}
              title={t("provider.fallback", { number: i + 1 })}
              error={problemsIn(editor.problems, [...list, i]).find((problem) => problem.path.length === list.length + 1)?.short}
              onUp={!readOnly && i > 0 ? () => editor.change((file) => moveItem(file, list, i, i - 1)) : undefined}
              onDown={!readOnly && i < fallbacks.length - 1 ? () => editor.change((file) => moveItem(file, list, i, i + 1)) : undefined}
              onRemove={readOnly ? undefined : () => editor.change((file) => removeValue(file, fallbacks.length > 1 ? [...list, i] : list))}
            >
              <Choice path={[...list, i]} value={fallback} />
            </Card>
          ))}
          {readOnly || fallbacks.length >= most ? null : (
            <Group gap="xs">
              <Button
                variant="subtle"
                size="compact-sm"
                leftSection={<IconPlus size={14} />}
                onClick={() => editor.change((file) => addItem(file, list, { provider: "" }, editor.order))}
                disabled={one.provider === undefined}
              >
                {t("provider.addFallback")}
              </Button>
              <Text size="xs" c="dimmed">
                {t("provider.fallbackHint")}
              </Text>
            </Group>
          )}
        </>
      ) : null}
    </Stack>
  );
  if (plain) return content;
  return (
    <Fieldset legend={label} miw={0} styles={{ legend: { fontWeight: 600 } }}>
      {description ? (
        <Text size="xs" c="dimmed" mb="sm">
          {description}
        </Text>
      ) : null}
      {content}
    </Fieldset>
  );
}
