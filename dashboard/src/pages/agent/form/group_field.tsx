// Several values that belong together.
import { Fieldset, Text } from "@mantine/core";
import { kindOf, resolve } from "../document/schema";
import { useEditor } from "../editor_context";
import { Field, type FieldProps } from "./field";
import classes from "./form.module.css";

const kWide = ["texts", "list", "map", "values", "synonyms", "object", "group", "provider"];

export function GroupField({ path, label, description, schema, error, plain }: FieldProps) {
  const { schema: root } = useEditor();
  const fields = (
    <div className={classes.grid}>
      {error ? (
        <Text size="sm" c="var(--mantine-color-error)" className={classes.wide}>
          {error}
        </Text>
      ) : null}
      {Object.entries(schema.properties ?? {}).map(([name, member]) => (
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
