// Who is at the keyboard, and what they may.
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { api, body, setCsrfToken, type Schemas } from "./client";

export type Me = Schemas["Me"];
export type Level = "read" | "write" | "admin";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async () => {
    const me = await api.GET("/api/v1/me").then(body);
    setCsrfToken(me.csrfToken);
    return me;
  },
  staleTime: 60_000,
});

const levels: Level[] = ["read", "write", "admin"];

// Permissions are "calls:read", "*:admin"; a higher level includes the lower ones.
export function allows(permissions: readonly string[], resource: string, level: Level): boolean {
  return permissions.some((permission) => {
    const [of, upTo] = permission.split(":");
    return (of === "*" || of === resource) && levels.indexOf(upTo as Level) >= levels.indexOf(level);
  });
}

export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

// const may = useMay(); may("agents", "write")
export function useMay(): (resource: string, level: Level) => boolean {
  const { permissions } = useMe();
  return (resource, level) => allows(permissions, resource, level);
}
