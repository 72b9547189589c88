import { Checkbox, NumberInput, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { CallForm } from "./call_form";

interface AdvancedProps {
  form: CallForm;
  about: (field: keyof CallForm) => string | undefined;
  onChange: (change: Partial<CallForm>) => void;
}

export function Advanced({ form, about, onChange }: AdvancedProps) {
  const { t } = useTranslation("outbound");
  const seconds = (name: "ringTimeoutSeconds" | "timeLimitSeconds", least: number, most: number) => (
    <NumberInput
      label={t(`field.${name}`)}
      description={t("field.seconds", { least, most })}
      value={form[name]}
      min={least}
      max={most}
      allowDecimal={false}
      allowNegative={false}
      error={about(name)}
      onChange={(value) => onChange({ [name]: String(value) })}
    />
  );
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Select
          label={t("field.into")}
          data={(["", "flow", "stream", "number"] as const).map((value) => ({ value, label: t(`into.${value || "own"}`) }))}
          value={form.into}
          allowDeselect={false}
          error={about("into")}
          onChange={(into) => onChange({ into: (into ?? "") as CallForm["into"] })}
        />
        {form.into === "number" ? (
          <TextInput
            label={t("field.secondNumber")}
            value={form.secondNumber}
            maxLength={32}
            inputMode="tel"
            error={about("secondNumber")}
            onChange={(event) => onChange({ secondNumber: event.currentTarget.value })}
          />
        ) : form.into === "stream" ? (
          <span />
        ) : (
          <TextInput
            label={t("field.appId")}
            placeholder={t("field.appIdHint")}
            value={form.appId}
            maxLength={100}
            error={about("appId")}
            onChange={(event) => onChange({ appId: event.currentTarget.value })}
          />
        )}
        {seconds("ringTimeoutSeconds", 5, 600)}
        {seconds("timeLimitSeconds", 1, 14400)}
      </SimpleGrid>
      <TextInput
        label={t("field.customField")}
        description={t("field.customFieldHint")}
        value={form.customField}
        maxLength={128}
        error={about("customField")}
        onChange={(event) => onChange({ customField: event.currentTarget.value })}
      />
      <Checkbox label={t("field.record")} checked={form.record} onChange={(event) => onChange({ record: event.currentTarget.checked })} />
      {form.record ? (
        <Checkbox
          label={t("field.recordBothChannels")}
          checked={form.recordBothChannels}
          onChange={(event) => onChange({ recordBothChannels: event.currentTarget.checked })}
        />
      ) : null}
    </Stack>
  );
}
