// One value of the configuration, edited as its schema says.
import { useTranslation } from "react-i18next";
import { valueAt, type Path } from "../document/path";
import { problemAt } from "../document/problems";
import { kindOf, readable, schemaAt, type Schema } from "../document/schema";
import { useEditor } from "../editor_context";
import { GroupField } from "./group_field";
import { ListField } from "./list_field";
import { MapField } from "./map_field";
import { ObjectField } from "./object_field";
import { ProviderField } from "./provider_field";
import { ChoiceField, DurationField, NumberField, SwitchField, TextField } from "./simple_fields";
import { SynonymsField } from "./synonyms_field";
import { TextsField } from "./texts_field";
import { ValuesField } from "./values_field";

export interface FieldProps {
  path: Path;
  label: string;
  description?: string;
  schema: Schema;
  value: unknown;
  error?: string;
  readOnly: boolean;
  // Without a frame and title of its own: it is alone in its section.
  plain?: boolean;
  set: (value: unknown) => void;
}

// "turn_taking" and "endpointing" of ["turn_taking", "endpointing"].
export function useLabel(): (path: Path) => string {
  const { t } = useTranslation("agent");
  return (path) => {
    const [parent, name] = path.filter((part) => typeof part === "string").slice(-2);
    const last = name ?? parent ?? "";
    return t([`field.${parent}_${last}`, `field.${last}`], { defaultValue: readable(last) });
  };
}

const editors = {
  switch: SwitchField,
  choice: ChoiceField,
  number: NumberField,
  duration: DurationField,
  text: TextField,
  texts: TextsField,
  provider: ProviderField,
  values: ValuesField,
  synonyms: SynonymsField,
  object: ObjectField,
  group: GroupField,
  list: ListField,
  map: MapField,
};

export function Field({ path, plain }: { path: Path; plain?: boolean }) {
  const editor = useEditor();
  const label = useLabel()(path);
  const schema = schemaAt(editor.schema, path);
  if (!schema) return null;
  const Editor = editors[kindOf(editor.schema, schema)];
  return (
    <Editor
      path={path}
      label={label}
      description={schema.description}
      schema={schema}
      value={valueAt(editor.parsed.data, path)}
      error={problemAt(editor.problems, path)}
      readOnly={editor.readOnly}
      plain={plain}
      set={(value) => editor.set(path, value)}
    />
  );
}
