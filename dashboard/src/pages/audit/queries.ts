import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export const auditQuery = infiniteQueryOptions({
  queryKey: ["audit"],
  queryFn: ({ pageParam }) =>
    api.GET("/api/v1/audit-log", { params: { query: { limit: 100, ...(pageParam ? { cursor: pageParam } : {}) } } }).then(body),
  initialPageParam: "",
  getNextPageParam: (page) => page.nextCursor ?? undefined,
});
