// The fields of a carrier's account: for a new one and for a change, alone or within another form.
import { Anchor, Collapse, PasswordInput, SegmentedControl, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import type { Fields, Inputs } from "../forms";
import type { AccountValues } from "./account";

interface AccountFieldsProps {
  fields: Fields<AccountValues>;
  inputs: Inputs<AccountValues>;
  // There are credentials: those that are left empty stay.
  saved?: boolean;
  // The provider is fixed: of an account that exists, or chosen elsewhere.
  withProvider?: boolean;
}

export function AccountFields({ fields, inputs, saved, withProvider }: AccountFieldsProps) {
  const { t } = useTranslation("carrier");
  const { provider, domain, subdomain, appId, region } = fields.values;
  const [more, { toggle }] = useDisclosure(Boolean(domain || subdomain || appId));
  const exotel = provider === "exotel";
  const of = (field: string) => t(`${provider}.${field}`);
  const keep = saved ? t("keep") : undefined;
  const secret = { autoComplete: "off", required: !saved, description: keep, "data-1p-ignore": true, "data-lpignore": "true" };
  return (
    <Stack gap="sm">
      {withProvider ? (
        <Stack gap={4}>
          <Text size="sm" fw={600} id="account-provider">
            {t("provider")}
          </Text>
          <SegmentedControl
            aria-labelledby="account-provider"
            value={provider}
            onChange={(value) => fields.set("provider", value as AccountValues["provider"])}
            data={(["exotel", "twilio"] as const).map((value) => ({ value, label: t(`providers.${value}`) }))}
          />
        </Stack>
      ) : null}
      <TextInput {...inputs.text("name")} label={t("name")} description={t("nameHint")} required maxLength={100} autoComplete="off" />
      <TextInput {...inputs.text("sid")} label={of("sid")} description={of("sidHint")} required maxLength={100} autoComplete="off" />
      <SimpleGrid cols={{ base: 1, xs: 2 }} style={{ alignItems: "end" }}>
        {exotel ? <PasswordInput {...inputs.text("apiKey")} {...secret} label={of("apiKey")} /> : null}
        <PasswordInput {...inputs.text("apiToken")} {...secret} label={of("apiToken")} />
      </SimpleGrid>
      {exotel ? (
        <Select
          label={of("region")}
          description={of("regionHint")}
          placeholder={t("regionNone")}
          clearable={!saved}
          value={region || null}
          onChange={(value) => fields.set("region", value ?? "")}
          error={inputs.error("region")}
          data={(["in", "sg", "us", "ae"] as const).map((value) => ({ value, label: t(`regions.${value}`) }))}
        />
      ) : null}
      <Anchor component="button" type="button" size="sm" onClick={toggle} aria-expanded={more} style={{ alignSelf: "flex-start" }}>
        {t("more")}
      </Anchor>
      <Collapse expanded={more}>
        <Stack gap="sm">
          {exotel ? (
            <>
              <TextInput {...inputs.text("appId")} label={of("appId")} description={of("appIdHint")} autoComplete="off" />
              <TextInput {...inputs.text("subdomain")} label={of("subdomain")} description={of("subdomainHint")} autoComplete="off" />
              <TextInput {...inputs.text("domain")} label={of("domain")} description={of("domainHint")} autoComplete="off" />
            </>
          ) : (
            <PasswordInput
              {...inputs.text("apiKey")}
              {...secret}
              required={false}
              label={of("apiKey")}
              description={[of("apiKeyHint"), keep].filter(Boolean).join(". ")}
            />
          )}
        </Stack>
      </Collapse>
    </Stack>
  );
}
