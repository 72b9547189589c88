// Calls by day as bars, and the same as a table for those who cannot see them.
import { Box, Group, Paper, Stack, Text, Title, Tooltip, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { QueryStates } from "@/components";
import { allDays, type Day } from "./days";
import { daysBefore, usageQuery } from "./queries";

const count = 14;
const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });

function Bars({ days }: { days: Day[] }) {
  const { t } = useTranslation("overview");
  const most = Math.max(...days.map((day) => day.calls));
  if (most === 0) return <Text c="dimmed">{t("days.none")}</Text>;
  return (
    <>
      <Group gap={4} align="flex-end" wrap="nowrap" h={132} aria-hidden>
        {days.map((day, index) => (
          <Tooltip key={day.day} label={`${short.format(new Date(day.day))}: ${day.calls} · ${day.minutes.toFixed(1)} min`}>
            <Stack gap={4} align="center" justify="flex-end" h="100%" style={{ flex: 1, minWidth: 0 }}>
              <Box
                w="100%"
                maw={36}
                h={`${Math.max((day.calls / most) * 100, day.calls > 0 ? 3 : 0.8)}%`}
                bg={day.calls > 0 ? "var(--mantine-primary-color-filled)" : "var(--mantine-color-default-border)"}
                style={{ borderRadius: 3 }}
              />
              <Text fz={10} c="dimmed" style={{ whiteSpace: "nowrap" }} h={14}>
                {(days.length - 1 - index) % 3 === 0 ? short.format(new Date(day.day)) : ""}
              </Text>
            </Stack>
          </Tooltip>
        ))}
      </Group>
      <VisuallyHidden>
        <table>
          <caption>{t("days.table")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("days.day")}</th>
              <th scope="col">{t("days.calls")}</th>
              <th scope="col">{t("days.minutes")}</th>
            </tr>
          </thead>
          <tbody>
            {days.map((day) => (
              <tr key={day.day}>
                <th scope="row">{day.day}</th>
                <td>{day.calls}</td>
                <td>{day.minutes.toFixed(1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </>
  );
}

export function DayBars({ now }: { now: Date }) {
  const { t } = useTranslation("overview");
  const usage = useQuery(usageQuery(daysBefore(now, count).toISOString()));
  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} mb="sm">
        {t("days.title")}
      </Title>
      <QueryStates query={usage}>{(sums) => <Bars days={allDays(now, count, sums.items)} />}</QueryStates>
    </Paper>
  );
}
