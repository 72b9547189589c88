// The list grows when its end comes into sight.
import { Button, Center, Loader } from "@mantine/core";
import { useIntersection, useMediaQuery } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { SessionSummary } from "./queries";
import { SessionCards, SessionTable } from "./session_table";

interface EndlessListProps {
  sessions: readonly SessionSummary[];
  hasMore: boolean;
  loading: boolean;
  failed: boolean;
  onMore: () => void;
}

export function EndlessList({ sessions, hasMore, loading, failed, onMore }: EndlessListProps) {
  const { t } = useTranslation();
  const narrow = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false });
  const { ref, entry } = useIntersection({ rootMargin: "400px" });
  const more = useRef(onMore);
  useEffect(() => {
    more.current = onMore;
  });
  const inSight = entry?.isIntersecting ?? false;
  useEffect(() => {
    if (inSight && hasMore && !loading && !failed) more.current();
  }, [inSight, hasMore, loading, failed, sessions.length]);

  return (
    <>
      {narrow ? <SessionCards sessions={sessions} /> : <SessionTable sessions={sessions} />}
      <Center ref={ref} mih={hasMore ? 48 : 0} role="status">
        {loading ? <Loader size="sm" aria-label={t("state.loading")} /> : null}
        {hasMore && !loading ? (
          <Button variant="default" onClick={onMore}>
            {t("action.more")}
          </Button>
        ) : null}
      </Center>
    </>
  );
}
