// The agents that come with the program, as cards to choose one of.
import { Badge, Group, Radio, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconRobot } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { EmptyState, QueryStates } from "@/components";
import { samplesQuery, type SampleAgent } from "@/components/agents";
import classes from "./agent_new.module.css";

const kWithoutKey = ["local", "script", "none", "instant"];

function needsNoKey({ config }: SampleAgent): boolean {
  const parts = config as Record<string, { provider?: string } | undefined>;
  return ["stt", "llm", "tts", "sts"].every((part) => kWithoutKey.includes(parts[part]?.provider ?? "none"));
}

interface SamplePickerProps {
  chosen: string;
  onChoose: (sample: SampleAgent) => void;
}

export function SamplePicker({ chosen, onChoose }: SamplePickerProps) {
  const { t } = useTranslation("agent_new");
  const samples = useQuery(samplesQuery);
  return (
    <QueryStates query={samples}>
      {({ items }) =>
        items.length === 0 ? (
          <EmptyState icon={<IconRobot />} title={t("noSamples")}>
            {t("noSamplesHint")}
          </EmptyState>
        ) : (
          <Radio.Group
            label={t("samples")}
            value={chosen}
            onChange={(name) => {
              const sample = items.find((one) => one.name === name);
              if (sample) onChoose(sample);
            }}
          >
            <SimpleGrid cols={{ base: 1, sm: 2 }} mt="xs">
              {items.map((sample) => (
                <Radio.Card key={sample.name} value={sample.name} p="md" className={classes.card} aria-label={sample.name}>
                  <Group wrap="nowrap" align="flex-start">
                    <Radio.Indicator mt={2} />
                    <Stack gap={4} miw={0}>
                      <Group gap="xs">
                        <Text fw={600}>{sample.name}</Text>
                        <Badge variant="default" tt="none" size="sm">
                          {sample.language}
                        </Badge>
                        {needsNoKey(sample) ? (
                          <Badge variant="light" tt="none" size="sm">
                            {t("noKeys")}
                          </Badge>
                        ) : null}
                      </Group>
                      <Text size="sm">{sample.summary}</Text>
                    </Stack>
                  </Group>
                </Radio.Card>
              ))}
            </SimpleGrid>
          </Radio.Group>
        )
      }
    </QueryStates>
  );
}
