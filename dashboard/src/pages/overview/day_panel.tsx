// Calls and minutes by day: a chart, and the same as a table for those who cannot see it.
import { Paper, Text, Title, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { LoadingState, QueryStates } from "@/components";
import { allDays, type Day } from "./days";
import { daysBefore, usageQuery } from "./queries";

const DayChart = lazy(() => import("./day_chart"));
const count = 14;
type Sums = Parameters<typeof allDays>[2];

function DayTable({ days }: { days: Day[] }) {
  const { t } = useTranslation("overview");
  return (
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
  );
}

function Days({ now, sums }: { now: Date; sums: Sums }) {
  const { t } = useTranslation("overview");
  const days = useMemo(() => allDays(now, count, sums), [now, sums]);
  if (days.every((day) => day.calls === 0)) return <Text c="dimmed">{t("days.none")}</Text>;
  return (
    <>
      <Suspense fallback={<LoadingState />}>
        <DayChart days={days} />
      </Suspense>
      <DayTable days={days} />
    </>
  );
}

export function DayPanel({ now }: { now: Date }) {
  const { t } = useTranslation("overview");
  const usage = useQuery(usageQuery(daysBefore(now, count).toISOString()));
  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} mb="sm">
        {t("days.title")}
      </Title>
      <QueryStates query={usage}>{(answer) => <Days now={now} sums={answer.items} />}</QueryStates>
    </Paper>
  );
}
