import { notifications } from "@mantine/notifications";
import { messageOf } from "@/api/problem";
import i18n from "@/i18n";

const closing = () => ({ closeButtonProps: { "aria-label": i18n.t("action.close") } });

export function notifyDone(message: string) {
  notifications.show({ message, color: "teal", autoClose: 3000, ...closing() });
}

export function notifyProblem(error: unknown) {
  notifications.show({ message: messageOf(error), color: "red", autoClose: 8000, role: "alert", ...closing() });
}
