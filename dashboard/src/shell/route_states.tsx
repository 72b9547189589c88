// What stands in a page's place while it loads, when it fails, and where there is none.
import { Button, Container } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import { Link, useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { useCallback, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { onReturn } from "@/api/connection";
import { EmptyState, ErrorState, LoadingState } from "@/components";

export function RoutePending() {
  return <LoadingState />;
}

export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  // Taking the error away is not enough: what failed while the page was opened is done again.
  const again = useCallback(() => {
    reset();
    void router.invalidate();
  }, [reset, router]);
  // The server may have been away when the page was opened.
  useEffect(() => onReturn(again), [again]);
  return (
    <Container size="sm" py="xl">
      <ErrorState error={error} onRetry={again} />
    </Container>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Container size="sm" py="xl">
      <EmptyState
        icon={<IconMapOff />}
        title={t("state.notFound")}
        action={
          <Button component={Link} to="/" variant="default">
            {t("nav.overview")}
          </Button>
        }
      >
        {t("state.notFoundHint")}
      </EmptyState>
    </Container>
  );
}
