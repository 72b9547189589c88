// An object the schema knows nothing of, such as the JSON Schema of a tool's arguments: written as YAML, which JSON is
// as well. What cannot be read stays in the field and out of the configuration.
import { Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { parse as read, stringify } from "yaml";
import { isRecord, sameData } from "../document/path";
import type { FieldProps } from "./field";

const written = (value: unknown) => (value === undefined ? "" : stringify(value));

export function ObjectField({ label, description, value, error, readOnly, set }: FieldProps) {
  const { t } = useTranslation("agent");
  const [typed, setTyped] = useState<{ text: string; means: unknown } | null>(null);
  // What was typed is shown as long as it is what the configuration says.
  const shown = typed && (typed.means === null || sameData(typed.means, value)) ? typed.text : written(value);
  const unreadable = typed?.means === null && shown === typed.text;
  const put = (text: string) => {
    let means: unknown = null;
    try {
      const data: unknown = text.trim() === "" ? undefined : read(text);
      means = data === undefined || isRecord(data) ? data : null;
    } catch {
      means = null;
    }
    setTyped({ text, means });
    if (means !== null) set(means);
  };
  return (
    <Textarea
      label={label}
      description={description}
      value={shown}
      onChange={(event) => put(event.currentTarget.value)}
      error={unreadable ? t("badObject") : error}
      readOnly={readOnly}
      autosize
      minRows={3}
      maxRows={20}
      spellCheck={false}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "var(--mantine-font-size-sm)" } }}
    />
  );
}
