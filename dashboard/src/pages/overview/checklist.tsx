// The way from an empty server to the first call; each step's state is the server's own.
import { Badge, CloseButton, Group, Paper, Progress, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconCheck, IconCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { ButtonLink } from "@/components";

type Checks = Schemas["Overview"]["checklist"];

const steps: Array<{ name: string; done: (checks: Checks) => boolean; to: string }> = [
  { name: "talk", done: (checks) => checks.talkedToAgent, to: "/talk" },
  { name: "keys", done: (checks) => checks.keysSet, to: "/keys" },
  { name: "agent", done: (checks) => checks.agentPublished, to: "/agents/new" },
  { name: "number", done: (checks) => checks.numberImported, to: "/numbers" },
  { name: "publicUrl", done: (checks) => checks.publicUrl, to: "/settings" },
  { name: "paste", done: (checks) => checks.phoneCallTaken, to: "/numbers" },
];

export function Checklist({ checks }: { checks: Checks }) {
  const { t } = useTranslation("overview");
  const [hidden, setHidden] = useLocalStorage({ key: "parley.checklist.hidden", defaultValue: false });
  const done = steps.filter((step) => step.done(checks)).length;
  const next = steps.find((step) => !step.done(checks));
  if (hidden || next === undefined) return null;
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="checklist">
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} id="checklist">
            {t("checklist.title")}
          </Title>
          <Group gap="xs" wrap="nowrap">
            <Text size="sm" c="dimmed" className="numeric">
              {t("checklist.progress", { done, all: steps.length })}
            </Text>
            <CloseButton onClick={() => setHidden(true)} aria-label={t("checklist.hide")} />
          </Group>
        </Group>
        <Progress value={(done / steps.length) * 100} aria-label={t("checklist.progress", { done, all: steps.length })} />
        <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: "none" }}>
          {steps.map((step) => {
            const isDone = step.done(checks);
            return (
              <li key={step.name}>
                <Group justify="space-between" gap="sm">
                  <Group gap="sm" wrap="nowrap" align="flex-start" style={{ flex: "1 1 260px" }}>
                    <ThemeIcon size={22} radius="xl" variant={isDone ? "filled" : "default"} mt={2} aria-hidden>
                      {isDone ? <IconCheck size={14} /> : <IconCircle size={10} />}
                    </ThemeIcon>
                    <div>
                      <Text fw={isDone ? 400 : 600} td={isDone ? "line-through" : undefined}>
                        {t(`checklist.${step.name}.title`)}
                      </Text>
                      {isDone ? null : (
                        <Text size="sm" c="dimmed">
                          {t(`checklist.${step.name}.text`)}
                        </Text>
                      )}
                    </div>
                  </Group>
                  {isDone ? (
                    <Badge variant="light" tt="none">
                      {t("checklist.done")}
                    </Badge>
                  ) : (
                    <ButtonLink to={step.to} size="xs" variant={step === next ? "filled" : "default"}>
                      {t(`checklist.${step.name}.action`)}
                    </ButtonLink>
                  )}
                </Group>
              </li>
            );
          })}
        </Stack>
      </Stack>
    </Paper>
  );
}
