import { Autocomplete, Group, Radio, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { choicesQuery } from "@/components/agents";
import classes from "./agent_new.module.css";

interface ScratchFormProps {
  led: string;
  language: string;
  onLed: (led: string) => void;
  onLanguage: (language: string) => void;
}

export function ScratchForm({ led, language, onLed, onLanguage }: ScratchFormProps) {
  const { t } = useTranslation("agent_new");
  const languages = useQuery(choicesQuery).data?.languages ?? [];
  const names = new Map(languages.map(({ code, name }) => [code, name]));
  return (
    <Stack>
      <Radio.Group label={t("led")} value={led} onChange={onLed}>
        <SimpleGrid cols={{ base: 1, sm: 2 }} mt="xs">
          {(["script", "model"] as const).map((kind) => (
            <Radio.Card key={kind} value={kind} p="md" className={classes.card} aria-label={t(kind)}>
              <Group wrap="nowrap" align="flex-start">
                <Radio.Indicator mt={2} />
                <Stack gap={4}>
                  <Text fw={600}>{t(kind)}</Text>
                  <Text size="sm">{t(`${kind}Hint`)}</Text>
                </Stack>
              </Group>
            </Radio.Card>
          ))}
        </SimpleGrid>
      </Radio.Group>
      <Autocomplete
        label={t("language")}
        value={language}
        onChange={onLanguage}
        data={languages.map(({ code }) => code)}
        renderOption={({ option }) => `${option.value} · ${names.get(option.value) ?? ""}`}
        filter={({ options, search }) =>
          names.has(search) ? options : options.filter((option) => "value" in option && `${option.value} ${names.get(String(option.value)) ?? ""}`.toLowerCase().includes(search.toLowerCase()))
        }
        maw={320}
      />
    </Stack>
  );
}
