// Who called: never by colour alone, and said to those who listen.
import { IconPhoneIncoming, IconPhoneOutgoing } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

export function DirectionIcon({ direction }: { direction: "inbound" | "outbound" }) {
  const { t } = useTranslation();
  const Icon = direction === "outbound" ? IconPhoneOutgoing : IconPhoneIncoming;
  return <Icon size={16} role="img" aria-label={t(`direction.${direction}`)} style={{ flex: "none" }} />;
}
