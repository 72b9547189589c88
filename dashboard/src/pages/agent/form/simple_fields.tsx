// Values that are one text, number or choice. An empty field takes the value out: what then counts is shown in it.
import { Autocomplete, NativeSelect, NumberInput, Select, Switch, TextInput, Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useEditor } from "../editor_context";
import { readScript } from "../stages/graph";
import type { FieldProps } from "./field";
import classes from "./form.module.css";

const kLong = ["prompt", "first_message", "description", "say", "announce", "failed_say", "max_duration_say", "trouble_say", "give_up_say", "reply", "fallback", "escalate_reply"];
// Names of stages.
const kStages = ["go_to", "first_stage"];

const shown = (value: unknown) => (value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));

export function TextField({ path, label, description, schema, value, error, readOnly, set }: FieldProps) {
  const { t } = useTranslation("agent");
  const editor = useEditor();
  const last = String(path.at(-1));
  const common = {
    label,
    description,
    error,
    readOnly,
    value: shown(value),
    placeholder: schema.default === undefined || schema.default === "" ? undefined : String(schema.default),
    inputWrapperOrder: ["label", "description", "input", "error"] as ("label" | "description" | "input" | "error")[],
  };
  // Where nothing is a choice of its own, an emptied field means it.
  const mayBeEmpty = Boolean(schema.default) && schema.pattern !== undefined && new RegExp(schema.pattern).test("");
  const put = (text: string) => set(text === "" && !mayBeEmpty ? undefined : text);
  if (last === "language" && path.length === 1) {
    const languages = editor.choices?.languages ?? [];
    const names = new Map(languages.map(({ code, name }) => [code, name]));
    return (
      <Autocomplete
        {...common}
        onChange={put}
        data={languages.map(({ code }) => code)}
        renderOption={({ option }) => `${option.value} · ${names.get(option.value) ?? ""}`}
        // All are offered when the field is opened; what is typed narrows them by code and name.
        filter={({ options, search }) => {
          const sought = search.trim().toLowerCase();
          if (sought === shown(value).toLowerCase() && names.has(shown(value))) return options;
          return options.filter((option) => "value" in option && `${option.value} ${names.get(String(option.value)) ?? ""}`.toLowerCase().includes(sought));
        }}
        maw={320}
      />
    );
  }
  if (kStages.includes(last)) {
    const stages = readScript(editor.parsed.data).stages.map((stage) => stage.name);
    const now = shown(value);
    return (
      <NativeSelect
        label={label}
        description={description}
        error={error}
        disabled={readOnly}
        value={now}
        onChange={(event) => put(event.currentTarget.value)}
        data={[{ value: "", label: last === "go_to" ? t("stage.stay") : String(schema.default ?? "") }, ...[...new Set([...stages, ...(now ? [now] : [])])]]}
      />
    );
  }
  if (kLong.includes(last))
    return (
      <Textarea
        {...common}
        className={classes.wide}
        onChange={(event) => put(event.currentTarget.value)}
        autosize
        minRows={last === "prompt" ? 10 : 1}
        maxRows={last === "prompt" ? 30 : 8}
      />
    );
  return <TextInput {...common} onChange={(event) => put(event.currentTarget.value)} maw={last === "url" ? undefined : 480} />;
}

export function DurationField({ label, description, schema, value, error, readOnly, set }: FieldProps) {
  const { t } = useTranslation("agent");
  const text = shown(value);
  const bad = text !== "" && schema.pattern && !new RegExp(schema.pattern).test(text) ? t("badDuration") : undefined;
  return (
    <TextInput
      label={label}
      description={description}
      placeholder={schema.default === undefined ? undefined : String(schema.default)}
      value={text}
      onChange={(event) => set(event.currentTarget.value.trim() || undefined)}
      error={error ?? bad}
      readOnly={readOnly}
      inputMode="text"
      maw={320}
    />
  );
}

export function NumberField({ label, description, schema, value, error, readOnly, set }: FieldProps) {
  return (
    <NumberInput
      label={label}
      description={description}
      placeholder={schema.default === undefined ? undefined : String(schema.default)}
      value={typeof value === "number" || typeof value === "string" ? value : ""}
      onChange={(next) => set(next === "" ? undefined : next)}
      min={schema.minimum}
      max={schema.maximum}
      clampBehavior="none"
      allowDecimal={false}
      error={error}
      readOnly={readOnly}
      maw={320}
    />
  );
}

export function SwitchField({ label, description, schema, value, error, readOnly, set }: FieldProps) {
  return (
    <Switch
      label={label}
      description={description}
      checked={typeof value === "boolean" ? value : schema.default === true}
      onChange={(event) => {
        const next = event.currentTarget.checked;
        // What counts anyway is not written where nothing was.
        set(value === undefined && next === (schema.default === true) ? undefined : next);
      }}
      error={error}
      disabled={readOnly}
      py={4}
    />
  );
}

export function ChoiceField({ label, description, schema, value, error, readOnly, set }: FieldProps) {
  const { t } = useTranslation("agent");
  const name = (option: string) => t(`choice.${option}`, { defaultValue: option });
  const known = schema.enum ?? [];
  const now = shown(value);
  const data = [...known, ...(now && !known.includes(now) ? [now] : [])].map((option) => ({ value: option, label: name(option) }));
  return (
    <Select
      label={label}
      description={description}
      placeholder={t("notSet")}
      value={now || (schema.default === undefined ? null : String(schema.default))}
      onChange={(next) => set(next ?? undefined)}
      data={data}
      error={error}
      readOnly={readOnly}
      clearable={!readOnly && now !== ""}
      allowDeselect={false}
      maw={320}
    />
  );
}
