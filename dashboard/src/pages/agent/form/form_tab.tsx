// The form: sections beside the fields of the one that is open, so that no page is endless and each has an address.
import { Badge, Box, Group, NativeSelect, NavLink, Paper, Stack, Text, Title } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useEditor } from "../editor_context";
import { problemsIn } from "../document/problems";
import { Field } from "./field";
import { isUsed, sectionsOf } from "./sections";
import classes from "./form.module.css";

export function FormTab() {
  const { t } = useTranslation("agent");
  const { order, problems, parsed } = useEditor();
  const search = useSearch({ from: "/shell/agents/$agentId" });
  const navigate = useNavigate({ from: "/agents/$agentId" });
  const sections = sectionsOf(order);
  const open = sections.find((section) => section.id === search.section) ?? sections[0];
  if (!open) return null;
  const wrong = (keys: readonly string[]) => keys.reduce((sum, key) => sum + problemsIn(problems, [key]).length, 0);
  const kind = parsed.data.kind ?? "conversation";
  const used = open.keys.filter((key) => isUsed(key, kind, parsed.data));
  return (
    <div className={classes.columns}>
      <NativeSelect
        className={classes.select}
        label={t("section.label")}
        value={open.id}
        onChange={(event) => {
          const section = event.currentTarget.value;
          void navigate({ search: (old) => ({ ...old, section }) });
        }}
        data={sections.map((section) => {
          const count = wrong(section.keys);
          return { value: section.id, label: t(`section.${section.id}`) + (count > 0 ? ` (${t("problems", { count })})` : "") };
        })}
      />
      <Box component="nav" className={classes.nav} aria-label={t("section.label")}>
        {sections.map((section) => {
          const count = wrong(section.keys);
          return (
            <NavLink
              key={section.id}
              renderRoot={(props) => <Link {...props} from="/agents/$agentId" to="." search={(old) => ({ ...old, section: section.id })} />}
              label={t(`section.${section.id}`)}
              active={section.id === open.id}
              aria-current={section.id === open.id ? "true" : undefined}
              rightSection={
                count > 0 ? (
                  <Badge color="red" size="sm" circle aria-label={t("problems", { count })}>
                    {count}
                  </Badge>
                ) : null
              }
            />
          );
        })}
      </Box>
      <Paper withBorder p="md" miw={0}>
        <Stack gap="md">
          <Group justify="space-between">
            <Title order={2}>{t(`section.${open.id}`)}</Title>
          </Group>
          {t(`sectionHint.${open.id}`, { defaultValue: "" }) ? (
            <Text size="sm" c="dimmed" mt={-8}>
              {t(`sectionHint.${open.id}`)}
            </Text>
          ) : null}
          {used.map((key) => (
            <Field key={key} path={[key]} plain={used.length === 1} />
          ))}
          {used.length === 0 ? <Text size="sm">{t("section.unused")}</Text> : null}
        </Stack>
      </Paper>
    </div>
  );
}
