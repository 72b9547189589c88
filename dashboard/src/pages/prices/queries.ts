import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export const pricesQuery = queryOptions({
  queryKey: ["prices"],
  queryFn: () => api.GET("/api/v1/prices").then(body),
});
