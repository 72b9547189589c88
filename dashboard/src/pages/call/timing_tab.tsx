// Where the time of each turn went, as bars and as a table.
import { Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconClock } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { showLatency } from "@/api/format";
import { EmptyState } from "@/components";
import type { Call } from "@/components/calls/model";
import { TimingBars } from "./timing_bars";
import { TimingTable } from "./timing_table";
import { hasTimes, median, responses } from "./waterfall";

interface TimingTabProps {
  call: Call;
  asTable: boolean;
  onChange: (asTable: boolean) => void;
}

export function TimingTab({ call, asTable, onChange }: TimingTabProps) {
  const { t } = useTranslation("call");
  const turns = call.turns.filter(hasTimes);
  const times = responses(turns);
  if (turns.length === 0) {
    return (
      <EmptyState icon={<IconClock />} title={t("timing.none")}>
        {t("timing.noneHint")}
      </EmptyState>
    );
  }
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm" className="numeric">
          {times.length > 0
            ? t("timing.summary", { count: times.length, median: showLatency(median(times)), longest: showLatency(Math.max(...times)) })
            : t("timing.greetingOnly")}
        </Text>
        <SegmentedControl
          aria-label={t("timing.view")}
          data={[
            { value: "bars", label: t("timing.bars") },
            { value: "table", label: t("timing.table") },
          ]}
          value={asTable ? "table" : "bars"}
          onChange={(value) => onChange(value === "table")}
        />
      </Group>
      {asTable ? <TimingTable turns={turns} /> : <TimingBars turns={turns} />}
      <Text size="xs" c="dimmed">
        {t("timing.explained")}
      </Text>
    </Stack>
  );
}
