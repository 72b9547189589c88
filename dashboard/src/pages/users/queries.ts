import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export const usersQuery = queryOptions({
  queryKey: ["users"],
  queryFn: () => api.GET("/api/v1/users").then(body).then((page) => page.items),
});
