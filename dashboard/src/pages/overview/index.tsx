// What goes on, how the day was, and what a newcomer does next.
import { SimpleGrid } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useWritten } from "@/api/use_written";
import { Page, QueryStates } from "@/components";
import { registerTexts } from "@/i18n";
import { RecentCalls, RunningCalls } from "./call_lists";
import { Checklist } from "./checklist";
import { DayPanel } from "./day_panel";
import { overviewQuery, startOfDay } from "./queries";
import { StatCards } from "./stat_cards";
import texts from "./texts.en.json";

registerTexts("overview", texts);

// The server reckons figures anew every two seconds at most: what the last event changed is in them a moment later.
const kReckonedMs = 2500;

export default function OverviewPage() {
  const { t } = useTranslation("overview");
  const [now] = useState(() => new Date());
  const client = useQueryClient();
  const overview = useQuery(overviewQuery(startOfDay(now).toISOString()));
  const askAgain = useDebouncedCallback(() => void client.invalidateQueries({ queryKey: ["overview"] }), kReckonedMs);
  useWritten({ types: ["call.started", "call.ended", "call.status"] }, () => {
    askAgain();
    for (const queryKey of [["overview"], ["live"], ["calls", "recent"]]) void client.invalidateQueries({ queryKey });
  });
  return (
    <Page title={t("title")}>
      <QueryStates query={overview}>
        {(data) => (
          <>
            <StatCards overview={data} />
            <Checklist checks={data.checklist} />
          </>
        )}
      </QueryStates>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <RunningCalls />
        <RecentCalls />
      </SimpleGrid>
      <DayPanel now={now} />
    </Page>
  );
}
