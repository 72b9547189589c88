// The states every page has beside its content: it loads, there is nothing yet, it failed, it is not for this user.
import { Button, Center, Loader, Paper, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconAlertTriangle, IconLock, IconPlugConnectedX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem, messageOf } from "@/api/problem";

export function LoadingState({ height = 200 }: { height?: number }) {
  const { t } = useTranslation();
  return (
    <Center h={height} role="status" aria-live="polite">
      <Loader aria-hidden />
      <Text className="mantine-visually-hidden" fz={0}>
        {t("state.loading")}
      </Text>
    </Center>
  );
}

interface NoticeProps {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  role?: "alert";
  isPage?: boolean; // stands for the whole page: its title is the page's
}

function Notice({ icon, title, children, action, role, isPage }: NoticeProps) {
  return (
    <Paper withBorder p="xl" role={role}>
      <Stack align="center" gap="sm" ta="center" maw={480} mx="auto">
        <ThemeIcon size={48} radius="xl" variant="light" aria-hidden>
          {icon}
        </ThemeIcon>
        <Title order={isPage ? 1 : 2} size="h2">{title}</Title>
        {children ? (
          <Text c="dimmed" component="div">
            {children}
          </Text>
        ) : null}
        {action}
      </Stack>
    </Paper>
  );
}

// Says what to do: `children` one sentence, `action` the button that does it.
export function EmptyState({ icon, title, children, action }: Omit<NoticeProps, "role" | "isPage">) {
  return (
    <Notice icon={icon} title={title} action={action}>
      {children}
    </Notice>
  );
}

export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const forbidden = error instanceof Problem && error.status === 403;
  const missing = error instanceof Problem && error.status === 404;
  const away = error instanceof Problem && error.unreachable;
  const title = forbidden ? t("state.noPermission") : missing ? t("state.notFound") : t("state.failed");
  return (
    <Notice
      role="alert"
      icon={forbidden ? <IconLock /> : away ? <IconPlugConnectedX /> : <IconAlertTriangle />}
      title={title}
      action={
        onRetry && !forbidden ? (
          <Button variant="default" onClick={onRetry}>
            {t("action.retry")}
          </Button>
        ) : null
      }
    >
      {missing ? t("state.notFoundHint") : messageOf(error)}
    </Notice>
  );
}

// `right`: "users:read"
export function NoPermission({ right }: { right: string }) {
  const { t } = useTranslation();
  return (
    <Notice isPage icon={<IconLock />} title={t("state.noPermission")}>
      {t("state.noPermissionHint", { right })}
    </Notice>
  );
}
