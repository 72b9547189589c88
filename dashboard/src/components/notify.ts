import { notifications } from "@mantine/notifications";
import { messageOf } from "@/api/problem";

export function notifyDone(message: string) {
  notifications.show({ message, color: "teal", autoClose: 3000 });
}

export function notifyProblem(error: unknown) {
  notifications.show({ message: messageOf(error), color: "red", autoClose: 8000, role: "alert" });
}
