import { Paper, SimpleGrid, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { showDateTime, showNumber } from "@/api/format";
import { StatusBadge } from "@/components";
import type { Session } from "./queries";

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Text component="dt" size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="dd" m={0} size="sm" style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </div>
  );
}

export function SessionFacts({ session }: { session: Session }) {
  const { t } = useTranslation("session");
  return (
    <Paper withBorder p="md">
      <SimpleGrid component="dl" m={0} cols={{ base: 2, sm: 3, md: 6 }}>
        <Fact name={t("fact.status")}>
          <StatusBadge status={session.status} />
        </Fact>
        <Fact name={t("fact.channel")}>{t(`channel.${session.channel}`)}</Fact>
        <Fact name={t("fact.agent")}>{session.agent || "–"}</Fact>
        <Fact name={t("fact.caller")}>{session.caller ? showNumber(session.caller) : "–"}</Fact>
        <Fact name={t("fact.began")}>{showDateTime(session.createdAt)}</Fact>
        <Fact name={t("fact.last")}>{showDateTime(session.updatedAt)}</Fact>
      </SimpleGrid>
    </Paper>
  );
}
