// A call's or session's state: never by colour alone.
import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";

const colors: Record<string, string> = {
  in_progress: "teal",
  ringing: "blue",
  queued: "gray.5",
  completed: "gray.5",
  active: "teal",
  failed: "red",
  interrupted: "orange",
  busy: "yellow",
  no_answer: "yellow",
  canceled: "gray.5",
};

export function StatusBadge({ status }: { status: string }) {
  const { t } = useTranslation();
  return (
    // The text keeps the page's own colour: on a tint of yellow or orange nobody could read it.
    <Badge variant="dot" color={colors[status] ?? "gray.5"} tt="none" miw="max-content">
      {t(`status.${status}`, { defaultValue: status })}
    </Badge>
  );
}
