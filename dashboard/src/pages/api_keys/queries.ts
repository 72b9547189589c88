import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export const apiKeysQuery = queryOptions({
  queryKey: ["api-keys"],
  queryFn: () => api.GET("/api/v1/api-keys").then(body).then((page) => page.items),
});
