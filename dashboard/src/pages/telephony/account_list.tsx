// The accounts, who uses them, and what a check says of them.
import { Badge, Button, Group, Paper, Stack, Text, Title, Tooltip } from "@mantine/core";
import { IconPencil, IconStethoscope, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body, type Schemas } from "@/api/client";
import { showNumber } from "@/api/format";
import { ConfirmButton, notifyDone } from "@/components";
import { AnchorLink } from "@/components/links";
import { AllowedButton, Findings, useRefusal } from "@/components/forms";
import { accountsQuery } from "@/components/telephony";

type Account = Schemas["TelephonyConfiguration"];
type PhoneNumber = Schemas["PhoneNumber"];

interface AccountListProps {
  accounts: Account[];
  numbers: PhoneNumber[];
  onEdit: (account: Account) => void;
}

export function AccountList({ accounts, numbers, onEdit }: AccountListProps) {
  return (
    <Stack>
      {accounts.map((account) => (
        <AccountCard
          key={account.id}
          account={account}
          numbers={numbers.filter((number) => number.telephonyConfigurationId === account.id)}
          onEdit={() => onEdit(account)}
        />
      ))}
    </Stack>
  );
}

function AccountCard({ account, numbers, onEdit }: { account: Account; numbers: PhoneNumber[]; onEdit: () => void }) {
  const { t } = useTranslation("telephony");
  const { t: c } = useTranslation("carrier");
  const check = useMutation({
    mutationFn: () =>
      api
        .POST("/api/v1/telephony-configurations/{configurationId}/check", { params: { path: { configurationId: account.id } } })
        .then(body),
  });
  const place = account.subdomain || account.domain || (account.region ? c(`regions.${account.region}`, { defaultValue: account.region }) : "");
  return (
    <Paper withBorder p="md" component="article" aria-label={account.name}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <Stack gap={2} style={{ minWidth: 0 }}>
            <Group gap="xs">
              <Title order={2} style={{ overflowWrap: "anywhere" }}>
                {account.name}
              </Title>
              <Badge variant="light" tt="none">
                {c(`providers.${account.provider}`, { defaultValue: account.provider })}
              </Badge>
              {account.hasCredentials ? null : (
                <Badge variant="light" color="red" tt="none">
                  {t("credentials")}: {t("notSet")}
                </Badge>
              )}
            </Group>
            <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {[account.sid, place, account.appId ? `App ID ${account.appId}` : ""].filter(Boolean).join(" · ")}
            </Text>
            <Text size="sm">
              {t("numbers")}:{" "}
              {numbers.length === 0
                ? t("noNumbers")
                : numbers.map((number, index) => (
                    <span key={number.id}>
                      {index > 0 ? ", " : ""}
                      <AnchorLink to="/numbers/$numberId" params={{ numberId: number.id }} search={{}} size="sm">
                        {showNumber(number.phoneNumber)}
                      </AnchorLink>
                    </span>
                  ))}
            </Text>
          </Stack>
          <Group gap="xs">
            <Button
              size="xs"
              variant="light"
              leftSection={<IconStethoscope size={14} />}
              loading={check.isPending}
              onClick={() => check.mutate()}
              aria-label={`${t("check", { ns: "forms" })}: ${account.name}`}
            >
              {t("check", { ns: "forms" })}
            </Button>
            <AllowedButton
              resource="telephony"
              level="admin"
              size="xs"
              variant="default"
              leftSection={<IconPencil size={14} />}
              onClick={onEdit}
              aria-label={`${t("action.edit", { ns: "common" })}: ${account.name}`}
            >
              {t("action.edit", { ns: "common" })}
            </AllowedButton>
            <DeleteAccount account={account} used={numbers.length} />
          </Group>
        </Group>
        <Findings check={check.data} busy={check.isPending} error={check.error} />
      </Stack>
    </Paper>
  );
}

function DeleteAccount({ account, used }: { account: Account; used: number }) {
  const { t } = useTranslation("telephony");
  const client = useQueryClient();
  const refused = useRefusal()("telephony", "admin") ?? (used > 0 ? t("deleteRefused", { count: used }) : undefined);
  const label = t("action.delete", { ns: "common" });
  const look = { size: "xs", leftSection: <IconTrash size={14} /> } as const;
  if (refused) {
    return (
      <Tooltip label={refused} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
        <Button {...look} variant="light" color="red" data-disabled aria-disabled aria-label={`${label}: ${account.name}`}>
          {label}
        </Button>
      </Tooltip>
    );
  }
  const remove = async () => {
    await api.DELETE("/api/v1/telephony-configurations/{configurationId}", { params: { path: { configurationId: account.id } } });
    notifyDone(t("deleted"));
    await client.invalidateQueries({ queryKey: accountsQuery.queryKey });
  };
  return (
    <ConfirmButton
      {...look}
      question={t("deleteQuestion", { name: account.name })}
      explanation={t("deleteHint")}
      confirmLabel={label}
      onConfirm={remove}
    >
      {label}
    </ConfirmButton>
  );
}
