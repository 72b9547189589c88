// Values for the agent's texts: those it asks for, and others.
import { ActionIcon, Button, Fieldset, Grid, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { VariableRow } from "./call_form";
import type { Placeholder } from "./placeholders";

interface VariableRowsProps {
  rows: readonly VariableRow[];
  placeholders: readonly Placeholder[];
  agentChosen: boolean;
  fault?: string;
  onChange: (rows: VariableRow[]) => void;
}

const most = 50;

export function VariableRows({ rows, placeholders, agentChosen, fault, onChange }: VariableRowsProps) {
  const { t } = useTranslation("outbound");
  const change = (index: number, to: Partial<VariableRow>) =>
    onChange(rows.map((row, at) => (at === index ? { ...row, ...to } : row)));
  const hintOf = (row: VariableRow) => {
    const otherwise = placeholders.find(({ name }) => name === row.name)?.otherwise;
    return otherwise ? t("variables.otherwise", { otherwise }) : undefined;
  };
  return (
    <Fieldset legend={t("variables.title")}>
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {rows.some((row) => row.asked) ? t("variables.asked") : agentChosen ? t("variables.none") : t("variables.noAgent")}
        </Text>
        {rows.map((row, index) => (
          <Grid key={row.asked ? row.name : index} gap="xs" align="flex-end">
            {row.asked ? (
              <Grid.Col span={12}>
                <TextInput
                  label={row.name}
                  placeholder={hintOf(row)}
                  value={row.value}
                  maxLength={1000}
                  autoComplete="off"
                  onChange={(event) => change(index, { value: event.currentTarget.value })}
                />
              </Grid.Col>
            ) : (
              <>
                <Grid.Col span={4}>
                  <TextInput
                    label={t("variables.name")}
                    value={row.name}
                    maxLength={100}
                    autoComplete="off"
                    onChange={(event) => change(index, { name: event.currentTarget.value })}
                  />
                </Grid.Col>
                <Grid.Col span={8}>
                  <Group gap="xs" wrap="nowrap" align="flex-end">
                    <TextInput
                      label={t("variables.value")}
                      value={row.value}
                      maxLength={1000}
                      autoComplete="off"
                      style={{ flex: 1 }}
                      onChange={(event) => change(index, { value: event.currentTarget.value })}
                    />
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size={36}
                      aria-label={t("variables.remove", { name: row.name || index + 1 })}
                      onClick={() => onChange(rows.filter((_, at) => at !== index))}
                    >
                      <IconTrash size={16} />
                    </ActionIcon>
                  </Group>
                </Grid.Col>
              </>
            )}
          </Grid>
        ))}
        {fault ? (
          <Text size="sm" c="red" role="alert">
            {fault}
          </Text>
        ) : null}
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconPlus size={14} aria-hidden />}
          disabled={rows.length >= most}
          style={{ alignSelf: "start" }}
          onClick={() => onChange([...rows, { name: "", value: "", asked: false }])}
        >
          {t("variables.add")}
        </Button>
      </Stack>
    </Fieldset>
  );
}
