// Accounts and numbers: asked for by several pages.
import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export const accountsQuery = queryOptions({
  queryKey: ["telephony"],
  queryFn: () => api.GET("/api/v1/telephony-configurations").then(body).then((page) => page.items),
});

export const numbersQuery = queryOptions({
  queryKey: ["phone-numbers", "list"],
  queryFn: () => api.GET("/api/v1/phone-numbers").then(body).then((page) => page.items),
});

export const systemQuery = queryOptions({
  queryKey: ["system"],
  queryFn: () => api.GET("/api/v1/system").then(body),
});

export const agentsQuery = queryOptions({
  queryKey: ["agents", "of-numbers"],
  queryFn: () => api.GET("/api/v1/agents").then(body).then((page) => page.items),
});
