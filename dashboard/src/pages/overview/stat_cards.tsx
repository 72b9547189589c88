import { Paper, SimpleGrid, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { showCosts, showLatency } from "@/api/format";
import { AnchorLink } from "@/components";

function Stat({ label, value, hint }: { label: ReactNode; value: string; hint: string }) {
  return (
    <Paper withBorder p="md">
      <Stack gap={2}>
        <Text size="sm" c="dimmed" component="div">
          {label}
        </Text>
        <Text fz={26} fw={650} lh={1.2} className="numeric">
          {value}
        </Text>
        <Text size="xs" c="dimmed">
          {hint}
        </Text>
      </Stack>
    </Paper>
  );
}

const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat();
const tenths = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

export function StatCards({ overview }: { overview: Schemas["Overview"] }) {
  const { t } = useTranslation("overview");
  const none = t("stat.none");
  return (
    <SimpleGrid cols={{ base: 2, md: 3, lg: 6 }} spacing="sm">
      <Stat
        label={
          <AnchorLink to="/live" size="sm">
            {t("stat.running")}
          </AnchorLink>
        }
        value={whole.format(overview.running)}
        hint={t("stat.runningOf", { max: overview.callsMax })}
      />
      <Stat label={t("stat.calls")} value={whole.format(overview.calls)} hint={t("stat.missed", { count: overview.missed })} />
      <Stat
        label={t("stat.answerRate")}
        value={overview.answerRate === null ? "–" : percent.format(overview.answerRate)}
        hint={overview.answerRate === null ? none : t("stat.answered", { count: overview.answered })}
      />
      <Stat label={t("stat.minutes")} value={tenths.format(overview.minutes)} hint={t("today")} />
      <Stat
        label={t("stat.response")}
        value={showLatency(overview.medianResponseMs)}
        hint={overview.p95ResponseMs === null ? t("stat.noTurns") : t("stat.p95", { time: showLatency(overview.p95ResponseMs) })}
      />
      <Stat label={t("stat.cost")} value={showCosts(overview.costs)} hint={overview.costs.length > 0 ? t("stat.costHint") : none} />
    </SimpleGrid>
  );
}
