import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export const providerKeysQuery = queryOptions({
  queryKey: ["provider-keys"],
  queryFn: () => api.GET("/api/v1/provider-keys").then(body).then((page) => page.items),
});
