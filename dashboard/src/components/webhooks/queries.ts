import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export const webhooksQuery = queryOptions({
  queryKey: ["webhooks", "list"],
  queryFn: () => api.GET("/api/v1/webhooks").then(body).then((page) => page.items),
});

export const webhookQuery = (webhookId: string) =>
  queryOptions({
    queryKey: ["webhooks", webhookId],
    queryFn: () => api.GET("/api/v1/webhooks/{webhookId}", { params: { path: { webhookId } } }).then(body),
  });
