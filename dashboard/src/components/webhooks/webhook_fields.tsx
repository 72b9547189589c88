// URL, description, events and whether it is on: of a new webhook and of one that is changed.
import { Checkbox, SimpleGrid, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Fields, Inputs } from "../forms";
import { eventGroups, toggled, type EventName } from "./events";

export interface WebhookValues {
  url: string;
  description: string;
  events: EventName[];
  enabled: boolean;
}

export const emptyWebhook: WebhookValues = { url: "", description: "", events: ["call.ended"], enabled: true };

interface WebhookFieldsProps {
  fields: Fields<WebhookValues>;
  inputs: Inputs<WebhookValues>;
  readOnly?: boolean;
}

export function WebhookFields({ fields, inputs, readOnly }: WebhookFieldsProps) {
  const { t } = useTranslation("hooks");
  const { events, enabled } = fields.values;
  const all = events.includes("*");
  return (
    <Stack gap="sm">
      <TextInput
        {...inputs.text("url")}
        label={t("url")}
        description={t("urlHint")}
        type="url"
        placeholder="https://crm.example.com/parley"
        required
        readOnly={readOnly}
        maxLength={2000}
        autoComplete="off"
      />
      <TextInput
        {...inputs.text("description")}
        label={t("description")}
        description={t("descriptionHint")}
        readOnly={readOnly}
        maxLength={200}
        autoComplete="off"
      />
      <Checkbox.Group
        label={t("which")}
        description={t("whichHint", { event: "call.ended" })}
        value={events}
        error={inputs.error("events")}
        withAsterisk
      >
        <Stack gap="sm" mt="xs">
          <Checkbox
            value="*"
            label={t("all")}
            disabled={readOnly}
            checked={all}
            onChange={() => fields.set("events", toggled(events, "*"))}
          />
          {eventGroups.map((group) => (
            <Stack key={group.name} gap={6} role="group" aria-label={t(`groups.${group.name}`)}>
              <Text size="sm" fw={600}>
                {t(`groups.${group.name}`)}
              </Text>
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" verticalSpacing={6}>
                {group.events.map((event) => (
                  <Checkbox
                    key={event}
                    value={event}
                    size="sm"
                    label={event}
                    description={t(`events.${event.replace(".", "_")}`)}
                    disabled={readOnly}
                    onChange={() => fields.set("events", toggled(events, event))}
                  />
                ))}
              </SimpleGrid>
            </Stack>
          ))}
        </Stack>
      </Checkbox.Group>
      <Switch
        label={t("enabled")}
        description={t("enabledHint")}
        checked={enabled}
        disabled={readOnly}
        onChange={(event) => fields.set("enabled", event.currentTarget.checked)}
      />
    </Stack>
  );
}
