import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: () => api.GET("/api/v1/settings").then(body),
});
