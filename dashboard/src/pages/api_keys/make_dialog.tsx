import { NativeSelect, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { FormDialog, useFields } from "@/components/forms";
import { apiKeysQuery } from "./queries";
import { expiryOf, resources, scopesOf, type Chosen, type Level } from "./scopes";

interface MakeDialogProps {
  onClose: () => void;
  onMade: (name: string, key: string) => void;
}

export function MakeDialog({ onClose, onMade }: MakeDialogProps) {
  const { t } = useTranslation("api_keys");
  const client = useQueryClient();
  const fields = useFields({ name: "", all: "" as Level | "", chosen: {} as Chosen, expiry: "365" });
  const { name, all, chosen, expiry } = fields.values;
  const scopes = scopesOf(all, chosen);
  const make = useMutation({
    mutationFn: () =>
      api.POST("/api/v1/api-keys", { body: { name: name.trim(), scopes, expiresAt: expiryOf(expiry, new Date()) } }).then(body),
    gcTime: 0, // the answer holds the key
    onSuccess: async (answer) => {
      onMade(answer.apiKey.name, answer.key);
      await client.invalidateQueries({ queryKey: apiKeysQuery.queryKey });
    },
  });
  const inputs = fields.inputs(make.error);
  const option = (level: Level | "") => ({ value: level, label: t(`levels.${level || "none"}`) });
  return (
    <FormDialog
      opened
      size="lg"
      title={t("make")}
      onClose={onClose}
      onSubmit={() => make.mutate()}
      busy={make.isPending}
      error={make.error}
      submitLabel={t("make")}
      submitDisabled={name.trim() === "" || scopes.length === 0}
    >
      <TextInput {...inputs.text("name")} label={t("name")} description={t("nameHint")} required data-autofocus maxLength={100} autoComplete="off" />
      <Select
        label={t("expiry")}
        data={["30", "90", "365", ""].map((days) => ({ value: days, label: t(`expiries.${days || "never"}`) }))}
        value={expiry}
        onChange={(value) => fields.set("expiry", value ?? "")}
        allowDeselect={false}
      />
      <NativeSelect
        label={t("all")}
        description={t("allHint")}
        value={all}
        onChange={(event) => fields.set("all", event.currentTarget.value as Level | "")}
        data={(["", "read", "write", "admin"] as const).map(option)}
      />
      {all === "admin" ? null : (
        <Stack gap={4}>
          <Text size="sm" fw={600}>
            {t("each")}
          </Text>
          <Table verticalSpacing={4} aria-label={t("each")}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{t("resource")}</Table.Th>
                <Table.Th scope="col" w={170}>
                  {t("may")}
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {resources.map((resource) => (
                <Table.Tr key={resource.name}>
                  <Table.Th scope="row" fw={400}>
                    {t(`resources.${resource.name}`)}
                  </Table.Th>
                  <Table.Td>
                    <NativeSelect
                      size="xs"
                      aria-label={t(`resources.${resource.name}`)}
                      value={chosen[resource.name] ?? ""}
                      onChange={(event) => fields.set("chosen", { ...chosen, [resource.name]: event.currentTarget.value as Level | "" })}
                      data={(["", ...resource.levels] as const).map(option)}
                    />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Stack>
      )}
      {scopes.length === 0 ? (
        <Text size="sm" c="dimmed" role="status">
          {t("none")}
        </Text>
      ) : null}
    </FormDialog>
  );
}
