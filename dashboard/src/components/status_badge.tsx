// A call's or session's state: never by colour alone.
import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";

const colors: Record<string, string> = {
  in_progress: "teal",
  ringing: "blue",
  queued: "gray",
  completed: "gray",
  active: "teal",
  failed: "red",
  interrupted: "orange",
  busy: "yellow",
  no_answer: "yellow",
  canceled: "gray",
};

export function StatusBadge({ status }: { status: string }) {
  const { t } = useTranslation();
  return (
    <Badge variant="light" color={colors[status] ?? "gray"} tt="none" autoContrast>
      {t(`status.${status}`, { defaultValue: status })}
    </Badge>
  );
}
