// The portal, step by step, with the addresses where they are needed.
import { Alert, List, Paper, Radio, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { showNumber } from "@/api/format";
import { CopyField } from "@/components";
import { guide, type Addresses, type Way } from "./guide";
import { Simulation } from "./simulation";

interface GuidePanelProps {
  number: Schemas["PhoneNumber"];
  addresses: Addresses;
  secretMissing: boolean;
}

const ways: Way[] = ["voicebot", "transfer", "record"];

export function GuidePanel({ number, addresses, secretMissing }: GuidePanelProps) {
  const { t } = useTranslation("number");
  const search = useSearch({ from: "/shell/numbers/$numberId" });
  const navigate = useNavigate({ from: "/numbers/$numberId" });
  const way = ways.find((each) => each === search.way) ?? (number.answerWith === "record" ? "record" : "voicebot");
  const exotel = number.provider !== "twilio";
  const names = { number: showNumber(number.phoneNumber), name: `Parley ${number.displayName}` };
  return (
    <Stack>
      {secretMissing && exotel ? <Alert color="yellow" icon={<IconKey />} title={t("secretMissing")} /> : null}
      {exotel ? (
        <Radio.Group
          label={t("how")}
          value={way}
          onChange={(value) => void navigate({ search: (old) => ({ ...old, way: value }), replace: true })}
        >
          <SimpleGrid cols={{ base: 1, sm: 3 }} mt={4} spacing="xs">
            {ways.map((each) => (
              <Radio.Card key={each} value={each} p="sm" radius="md">
                <Text size="sm" fw={each === way ? 600 : 400} component="span" display="flex" style={{ alignItems: "center", gap: 8 }}>
                  <Radio.Indicator /> {t(`hows.${each}`)}
                </Text>
              </Radio.Card>
            ))}
          </SimpleGrid>
        </Radio.Group>
      ) : null}
      <Paper withBorder p="md">
        <Title order={2} mb="sm">
          {t(`portal.${exotel ? "exotel" : "twilio"}`)}
        </Title>
        <Stack gap="lg">
          {guide(number.provider, way, addresses).map((part, index) => (
            <section key={part.title}>
              <Title order={3} mb="xs">
                {index + 1}. {t(`part.${part.title}`)}
              </Title>
              <List type="ordered" spacing="xs" size="sm" withPadding styles={{ itemWrapper: { display: "block" }, itemLabel: { display: "block" } }}>
                {part.steps.map((step) => (
                  <List.Item key={step.text}>
                    {t(`step.${step.text}`, names)}
                    {step.paste ? (
                      <div style={{ marginTop: 4, maxWidth: 720 }}>
                        <CopyField label={t(`step.${step.paste.label}`)} value={step.paste.value} />
                      </div>
                    ) : null}
                  </List.Item>
                ))}
              </List>
            </section>
          ))}
        </Stack>
        {exotel && way !== "record" ? (
          <>
            <Title order={3} mt="lg" mb="xs">
              {t("alternatives")}
            </Title>
            <List size="sm" spacing="xs" withPadding>
              <List.Item>{t("fixed")}</List.Item>
              <List.Item>{t("greetingWay")}</List.Item>
            </List>
          </>
        ) : null}
      </Paper>
      <Simulation number={number} />
    </Stack>
  );
}
