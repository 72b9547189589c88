// Several values that belong together.
import { Fieldset, Text } from "@mantine/core";
import { isRecord, type Path } from "../document/path";
import { kindOf, resolve } from "../document/schema";
import { useEditor } from "../editor_context";
import { Field, type FieldProps } from "./field";
import classes from "./form.module.css";

const kWide = ["texts", "list", "map", "values", "synonyms", "object", "group", "provider"];

// What only another kind of slot has is left out while it holds nothing.
function matters(path: Path, name: string, value: unknown): boolean {
  const content = isRecord(value) ? value : {};
  if (path[0] !== "script" || path[1] !== "slots" || name in content) return true;
  const kind = content.kind ?? "choice";
  return name === "choices" ? kind === "choice" : !name.endsWith("_digits") || kind === "digits";
}

export function GroupField({ path, label, description, schema, value, error, plain }: FieldProps) {
  const { schema: root } = useEditor();
  const fields = (
    <div className={classes.grid}>
      {error ? (
        <Text size="sm" c="var(--mantine-color-error)" className={classes.wide}>
          {error}
        </Text>
      ) : null}
      {Object.entries(schema.properties ?? {}).filter(([name]) => matters(path, name, value)).map(([name, member]) => (
        <div key={name} className={kWide.includes(kindOf(root, resolve(root, member))) || /^(say|announce|reply|fallback|description|url)$|_say$/.test(name) ? classes.wide : undefined}>
          <Field path={[...path, name]} />
        </div>
      ))}
    </div>
  );
  if (plain) return fields;
  return (
    <Fieldset legend={label} miw={0} styles={{ legend: { fontWeight: 600 } }}>
      {description ? (
        <Text size="xs" c="dimmed" mb="sm">
          {description}
        </Text>
      ) : null}
      {fields}
    </Fieldset>
  );
}
