// One stage: its name, what is said when nothing fits, and its rules in their order.
import { Badge, Button, Group, Paper, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { moveItem, setValue } from "../document/document";
import { problemAt } from "../document/problems";
import { useEditor } from "../editor_context";
import { Card } from "../form/card";
import { Field } from "../form/field";
import { addRule, addStage, freeName, removeRule, removeStage, renameStage, rulesPath, stagePath } from "./edit";
import { readScript, ruleLabel, type Rule } from "./graph";

interface StageFormProps {
  // null: the rules of every stage.
  stage: string | null;
  rules: readonly Rule[];
  onSelect: (stage: string | undefined) => void;
}

function NameField({ stage, onSelect }: { stage: string; onSelect: (stage: string) => void }) {
  const { t } = useTranslation("agent");
  const editor = useEditor();
  const [name, setName] = useState(stage);
  const taken = readScript(editor.parsed.data).stages.some((other) => other.name === name.trim() && other.name !== stage);
  const rename = () => {
    const next = name.trim();
    if (next === "" || next === stage || taken) return setName(stage);
    editor.change((text) => renameStage(text, stage, next));
    onSelect(next);
  };
  return (
    <TextInput
      label={t("stage.name")}
      description={t("stage.nameHint")}
      value={name}
      onChange={(event) => setName(event.currentTarget.value)}
      onBlur={rename}
      onKeyDown={(event) => {
        if (event.key === "Enter") rename();
      }}
      error={taken ? t("nameTaken") : undefined}
      readOnly={editor.readOnly}
      maw={320}
    />
  );
}

export function StageForm({ stage, rules, onSelect }: StageFormProps) {
  const { t } = useTranslation("agent");
  const editor = useEditor();
  const { readOnly, problems } = editor;
  const script = readScript(editor.parsed.data);
  const list = rulesPath(stage);
  const isFirst = stage !== null && stage === script.first;
  const error = stage === null ? undefined : problemAt(problems, stagePath(stage));

  const remove = () => {
    if (stage === null) return;
    editor.change((text) => removeStage(text, stage));
    onSelect(undefined);
  };
  const copy = (rule: Rule, i: number) => editor.change((text) => moveItem(addRule(text, stage, rule, editor.order), list, rules.length, i + 1));

  return (
    <Paper withBorder p="md" component="section" aria-label={stage ?? t("stages.anywhere")}>
      <Stack gap="md">
        <Group justify="space-between">
          <Group gap="xs">
            <Title order={2} style={{ overflowWrap: "anywhere" }}>
              {stage ?? t("stages.anywhere")}
            </Title>
            {isFirst ? (
              <Badge variant="light" tt="none">
                {t("stages.first")}
              </Badge>
            ) : null}
          </Group>
          {stage !== null && !readOnly ? (
            <Group gap="xs">
              {isFirst ? null : (
                <Button size="xs" variant="default" onClick={() => editor.change((text) => setValue(text, ["script", "first_stage"], stage, editor.order))}>
                  {t("stage.makeFirst")}
                </Button>
              )}
              <Button size="xs" variant="light" color="red" leftSection={<IconTrash size={14} />} onClick={remove} disabled={script.stages.length === 1}>
                {t("stage.remove")}
              </Button>
            </Group>
          ) : null}
        </Group>
        {stage === null ? <Text size="sm">{t("stages.anywhereHint")}</Text> : null}
        {error ? (
          <Text size="sm" c="var(--mantine-color-error)">
            {error}
          </Text>
        ) : null}
        {stage !== null ? (
          <>
            <NameField stage={stage} onSelect={onSelect} />
            <Field path={[...stagePath(stage), "fallback"]} />
          </>
        ) : null}
        {rules.map((rule, i) => (
          <Card
            key={i}
            title={ruleLabel(rule) || t("stage.rule", { number: i + 1 })}
            error={problemAt(problems, [...list, i])}
            onUp={!readOnly && i > 0 ? () => editor.change((text) => moveItem(text, list, i, i - 1)) : undefined}
            onDown={!readOnly && i < rules.length - 1 ? () => editor.change((text) => moveItem(text, list, i, i + 1)) : undefined}
            onRemove={readOnly ? undefined : () => editor.change((text) => removeRule(text, stage, i))}
          >
            <Field path={[...list, i, "patterns"]} />
            <Field path={[...list, i, "reply"]} />
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <Field path={[...list, i, "go_to"]} />
              <Field path={[...list, i, "keys"]} />
            </SimpleGrid>
            <Group gap="xl">
              <Field path={[...list, i, "end_call"]} />
              <Field path={[...list, i, "escalate"]} />
            </Group>
            {readOnly ? null : (
              <Button size="compact-sm" variant="subtle" style={{ alignSelf: "flex-start" }} onClick={() => copy(rule, i)}>
                {t("stage.copyRule")}
              </Button>
            )}
          </Card>
        ))}
        {readOnly ? null : (
          <Group gap="xs">
            <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => editor.change((text) => addRule(text, stage, { patterns: [""], reply: "" }, editor.order))}>
              {t("stage.addRule")}
            </Button>
            {stage !== null ? (
              <Button
                variant="subtle"
                onClick={() => {
                  const name = freeName("stage", script.stages.map((one) => one.name));
                  editor.change((text) => addRule(addStage(text, name, editor.order), stage, { patterns: [""], reply: "", go_to: name }, editor.order));
                }}
              >
                {t("stage.addNext")}
              </Button>
            ) : null}
          </Group>
        )}
      </Stack>
    </Paper>
  );
}
