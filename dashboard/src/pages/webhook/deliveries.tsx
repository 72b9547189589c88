// What was posted, newest first, and what came back.
import { Button, Center, Group, SegmentedControl, Stack, Title } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { EmptyState, QueryStates } from "@/components";
import { DeliveryTable } from "./delivery_table";
import { deliveriesQuery, statuses } from "./queries";

export function Deliveries({ webhook }: { webhook: Schemas["Webhook"] }) {
  const { t } = useTranslation("webhook");
  const search = useSearch({ from: "/shell/webhooks/$webhookId" });
  const navigate = useNavigate({ from: "/webhooks/$webhookId" });
  const status = statuses.find((each) => each === search.status);
  const deliveries = useInfiniteQuery(deliveriesQuery(webhook.id, status));
  return (
    <Stack component="section">
      <Group justify="space-between">
        <Title order={2}>{t("deliveries")}</Title>
        <SegmentedControl
          size="xs"
          aria-label={t("filter")}
          value={status ?? "all"}
          onChange={(value) =>
            void navigate({ search: (old) => ({ ...old, status: value === "all" ? undefined : value }), replace: true })
          }
          data={["all", ...statuses].map((value) => ({ value, label: t(`status.${value}`) }))}
        />
      </Group>
      <QueryStates query={deliveries}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) {
            return (
              <EmptyState icon={<IconSend />} title={t(status ? "emptyFiltered" : "emptyTitle")}>
                {status ? undefined : t("emptyHint")}
              </EmptyState>
            );
          }
          return (
            <>
              <DeliveryTable webhookId={webhook.id} deliveries={items} />
              {deliveries.hasNextPage ? (
                <Center>
                  <Button variant="default" loading={deliveries.isFetchingNextPage} onClick={() => void deliveries.fetchNextPage()}>
                    {t("action.more", { ns: "common" })}
                  </Button>
                </Center>
              ) : null}
            </>
          );
        }}
      </QueryStates>
    </Stack>
  );
}
