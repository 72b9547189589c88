// What a key may: a level for each resource. Only the levels that a resource's operations ask for are offered.
export type Level = "read" | "write" | "admin";

export const resources: ReadonlyArray<{ name: string; levels: readonly Level[] }> = [
  { name: "agents", levels: ["read", "write"] },
  { name: "calls", levels: ["read", "write", "admin"] },
  { name: "sessions", levels: ["read", "write", "admin"] },
  { name: "numbers", levels: ["read", "write"] },
  { name: "telephony", levels: ["read", "admin"] },
  { name: "providerkeys", levels: ["read", "admin"] },
  { name: "webhooks", levels: ["read", "admin"] },
  { name: "usage", levels: ["read"] },
  { name: "prices", levels: ["read", "admin"] },
  { name: "settings", levels: ["read", "admin"] },
  { name: "system", levels: ["read"] },
  { name: "users", levels: ["read", "admin"] },
  { name: "keys", levels: ["admin"] },
  { name: "audit", levels: ["admin"] },
  { name: "workspaces", levels: ["admin"] },
];

export type Chosen = Readonly<Record<string, Level | "">>;

// `all`: a level of every resource; more may be chosen beside it for some.
export function scopesOf(all: Level | "", chosen: Chosen): string[] {
  const levels: Level[] = ["read", "write", "admin"];
  const above = (level: Level) => levels.indexOf(level) > levels.indexOf(all as Level);
  const single = resources.flatMap(({ name }) => {
    const level = chosen[name];
    return level && above(level) ? [`${name}:${level}`] : [];
  });
  return all ? [`*:${all}`, ...single] : single;
}

// The end of a key's life as the API takes it; days: from now.
export function expiryOf(days: string, now: Date): string | null {
  return days === "" ? null : new Date(now.getTime() + Number(days) * 86_400_000).toISOString();
}

export function stateOf(key: { revokedAt: string | null; expiresAt: string | null }, now: Date): "active" | "revoked" | "expired" {
  if (key.revokedAt) return "revoked";
  return key.expiresAt && new Date(key.expiresAt) <= now ? "expired" : "active";
}
