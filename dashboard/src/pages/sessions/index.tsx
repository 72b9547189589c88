// Conversations of every channel, newest first.
import { SegmentedControl, Stack, VisuallyHidden } from "@mantine/core";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { IconMessages } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { useWritten } from "@/api/use_written";
import { EmptyState, ErrorState, LoadingState, Page } from "@/components";
import { ButtonLink } from "@/components/links";
import { registerTexts } from "@/i18n";
import { EndlessList } from "./endless_list";
import { channelOf, channels, sessionsQuery } from "./queries";
import texts from "./texts.en.json";

registerTexts("sessions", texts);

export default function SessionsPage() {
  const { t } = useTranslation("sessions");
  const may = useMay();
  const navigate = useNavigate();
  const channel = channelOf(useSearch({ from: "/shell/sessions" }).channel);
  const query = useInfiniteQuery(sessionsQuery(channel));
  const cache = useQueryClient();
  useWritten(
    { types: ["call.started", "call.ended"] },
    () => void cache.invalidateQueries({ queryKey: ["sessions", "list"] }),
    { enabled: may("calls", "read") },
  );

  const sessions = query.data?.pages.flatMap((page) => page.items);
  return (
    <Page title={t("title")} description={t("description")}>
      <Stack gap="md">
        <div role="group" aria-labelledby="channel-label">
          <VisuallyHidden id="channel-label">{t("channelLabel")}</VisuallyHidden>
          <SegmentedControl
            value={channel ?? ""}
            onChange={(value) => void navigate({ to: "/sessions", search: { channel: value || undefined } })}
            data={[{ value: "", label: t("channel.all") }, ...channels.map((value) => ({ value, label: t(`channel.${value}`) }))]}
          />
        </div>
        {!sessions ? (
          query.isError ? (
            <ErrorState error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <LoadingState />
          )
        ) : sessions.length === 0 ? (
          <EmptyState
            icon={<IconMessages />}
            title={t(channel ? "emptyChannel" : "empty")}
            action={may("sessions", "write") ? <ButtonLink to={channel === "chat" ? "/chat" : "/talk"}>{t("begin")}</ButtonLink> : null}
          >
            {t("emptyHint")}
          </EmptyState>
        ) : (
          <EndlessList
            sessions={sessions}
            hasMore={query.hasNextPage}
            loading={query.isFetchingNextPage}
            failed={query.isFetchNextPageError}
            onMore={() => void query.fetchNextPage()}
          />
        )}
      </Stack>
    </Page>
  );
}
