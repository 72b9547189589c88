// One vendor: what it is for, whether it has a key, and whether the vendor takes it.
import { Anchor, Badge, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconExternalLink, IconStethoscope } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body, type Schemas } from "@/api/client";
import { showDay } from "@/api/format";
import { useMay } from "@/api/me";
import { ConfirmButton, notifyDone } from "@/components";
import { AllowedButton, Findings } from "@/components/forms";
import { providerKeysQuery } from "./queries";
import type { Vendor } from "./vendors";

interface VendorCardProps {
  vendor: Vendor;
  saved?: Schemas["ProviderKey"];
  onSet: () => void;
}

export function VendorCard({ vendor, saved, onSet }: VendorCardProps) {
  const { t } = useTranslation("keys");
  const may = useMay();
  const client = useQueryClient();
  const path = { params: { path: { provider: vendor.id } } };
  const check = useMutation({ mutationFn: () => api.POST("/api/v1/provider-keys/{provider}/check", path).then(body) });
  const remove = async () => {
    await api.DELETE("/api/v1/provider-keys/{provider}", path);
    check.reset();
    notifyDone(t("removed"));
    await client.invalidateQueries({ queryKey: providerKeysQuery.queryKey });
  };
  const state = saved?.source ?? "none";
  const label = t(saved?.source === "workspace" ? "replace" : "set");
  return (
    <Paper withBorder p="md" component="article" aria-label={vendor.name}>
      <Stack gap="xs" h="100%">
        <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
          <Title order={3}>{vendor.name}</Title>
          {vendor.page ? (
            <Anchor href={vendor.page} target="_blank" rel="noreferrer" size="sm" style={{ whiteSpace: "nowrap" }}>
              {t(vendor.own ? "site" : "get")} <IconExternalLink size={14} aria-hidden style={{ verticalAlign: -2 }} />
            </Anchor>
          ) : null}
        </Group>
        <Group gap={4}>
          {vendor.uses.map((use) => (
            <Badge key={use} variant="light" color="gray" tt="none">
              {t(`uses.${use}`)}
            </Badge>
          ))}
        </Group>
        <Text size="sm" c="dimmed">
          {t(`note.${vendor.id}`)}
        </Text>
        <Stack gap={0} mt="auto">
          <Group gap="xs">
            <Badge variant="light" color={saved ? "teal" : "gray"} tt="none">
              {t(`state.${state}`)}
            </Badge>
            {saved && saved.hint !== "…" ? (
              <Text size="sm" ff="monospace">
                {saved.hint}
              </Text>
            ) : null}
            {saved?.updatedAt ? (
              <Text size="xs" c="dimmed">
                {t("since", { when: showDay(saved.updatedAt) })}
              </Text>
            ) : null}
          </Group>
          {saved?.url ? (
            <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {t("at", { url: saved.url })}
            </Text>
          ) : null}
          {saved?.source === "server" ? (
            <Text size="xs" c="dimmed">
              {t("serverHint")}
            </Text>
          ) : null}
        </Stack>
        <Group gap="xs">
          <AllowedButton
            resource="providerkeys"
            level="admin"
            size="xs"
            variant={saved ? "default" : "light"}
            onClick={onSet}
            aria-label={`${label}: ${vendor.name}`}
          >
            {label}
          </AllowedButton>
          {saved ? (
            <Button
              size="xs"
              variant="light"
              leftSection={<IconStethoscope size={14} />}
              loading={check.isPending}
              onClick={() => check.mutate()}
              aria-label={`${t("check", { ns: "forms" })}: ${vendor.name}`}
            >
              {t("check", { ns: "forms" })}
            </Button>
          ) : null}
          {saved?.source === "workspace" && may("providerkeys", "admin") ? (
            <ConfirmButton
              size="xs"
              question={t("removeQuestion", { name: vendor.name })}
              explanation={t("removeHint", { name: vendor.name })}
              confirmLabel={t("action.remove", { ns: "common" })}
              onConfirm={remove}
            >
              {t("action.remove", { ns: "common" })}
            </ConfirmButton>
          ) : null}
        </Group>
        <Findings check={check.data} busy={check.isPending} error={check.error} />
      </Stack>
    </Paper>
  );
}
