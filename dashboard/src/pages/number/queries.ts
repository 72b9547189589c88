import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export const numberQuery = (phoneNumberId: string) =>
  queryOptions({
    queryKey: ["phone-numbers", phoneNumberId],
    queryFn: () => api.GET("/api/v1/phone-numbers/{phoneNumberId}", { params: { path: { phoneNumberId } } }).then(body),
  });

export const callsOfNumberQuery = (phoneId: string) =>
  queryOptions({
    queryKey: ["calls", "of-number", phoneId],
    queryFn: () => api.GET("/api/v1/calls", { params: { query: { phoneId, limit: 10 } } }).then(body),
    refetchInterval: 10_000,
  });
