// The server refuses to lose the last owner who can log in; this says so beforehand.
import type { Schemas } from "@/api/client";

type User = Schemas["User"];

const counts = (user: User) => user.role === "owner" && !user.disabled && user.hasPassword;

export function isLastOwner(user: User, users: readonly User[]): boolean {
  return counts(user) && users.every((other) => other.id === user.id || !counts(other));
}
