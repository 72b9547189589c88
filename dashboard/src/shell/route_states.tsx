// What stands in a page's place while it loads, when it fails, and where there is none.
import { Button, Container } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { onReturn } from "@/api/connection";
import { EmptyState, ErrorState, LoadingState } from "@/components";

export function RoutePending() {
  return <LoadingState />;
}

export function RouteError({ error, reset }: ErrorComponentProps) {
  // The server may have been away when the page was opened.
  useEffect(() => onReturn(reset), [reset]);
  return (
    <Container size="sm" py="xl">
      <ErrorState error={error} onRetry={reset} />
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
