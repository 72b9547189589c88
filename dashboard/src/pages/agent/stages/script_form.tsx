// What belongs to the script as a whole: where it begins, what is said when nothing fits, what can be heard.
import { Paper, Stack, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useEditor } from "../editor_context";
import { Field } from "../form/field";

const kElsewhere = ["stages", "anywhere"];

export function ScriptForm() {
  const { t } = useTranslation("agent");
  const { schema } = useEditor();
  const names = Object.keys(schema.properties?.script?.properties ?? {}).filter((name) => !kElsewhere.includes(name));
  return (
    <Paper withBorder p="md">
      <Stack gap="md">
        <Title order={2}>{t("stages.settings")}</Title>
        {names.map((name) => (
          <Field key={name} path={["script", name]} />
        ))}
      </Stack>
    </Paper>
  );
}
