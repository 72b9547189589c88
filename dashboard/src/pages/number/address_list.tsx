// Every address of a number, and what it is for.
import { Alert, Paper, SimpleGrid } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { CopyField } from "@/components";
import type { Addresses } from "./guide";

const order = ["dynamicEndpointUrl", "websocketUrl", "webhookUrl", "statusCallbackUrl", "passthruUrl", "connectUrl", "greetingUrl"] as const;

export function AddressList({ addresses, secretMissing }: { addresses: Addresses; secretMissing: boolean }) {
  const { t } = useTranslation("number");
  return (
    <Paper withBorder p="md">
      {secretMissing ? <Alert color="yellow" icon={<IconKey />} title={t("secretMissing")} mb="md" /> : null}
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        {order.map((name) => {
          const value = addresses[name];
          return value ? <CopyField key={name} label={t(`address.${name}`)} description={t(`address.${name}Hint`)} value={value} /> : null;
        })}
      </SimpleGrid>
    </Paper>
  );
}
