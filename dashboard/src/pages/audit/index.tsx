import { Button, Center, Group, Select, Text, TextInput } from "@mantine/core";
import { IconBook2, IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { useMay } from "@/api/me";
import { EmptyState, Page, QueryStates } from "@/components";
import { registerTexts } from "@/i18n";
import { AuditTable } from "./audit_table";
import { filtered } from "./filter";
import { auditQuery } from "./queries";
import texts from "./texts.en.json";

registerTexts("audit", texts);

// "user:01K…" -> the user's name.
function useActorNames(): (actor: string) => string | undefined {
  const { t } = useTranslation("audit");
  const may = useMay();
  const users = useQuery({
    queryKey: ["users"],
    queryFn: () => api.GET("/api/v1/users").then(body).then((page) => page.items),
    enabled: may("users", "read"),
  });
  const keys = useQuery({
    queryKey: ["api-keys"],
    queryFn: () => api.GET("/api/v1/api-keys").then(body).then((page) => page.items),
    enabled: may("keys", "admin"),
  });
  return (actor) => {
    const [kind, id] = actor.split(":");
    if (actor === "local") return t("local");
    if (kind === "user") {
      const user = users.data?.find((each) => each.id === id);
      return user ? user.name || user.email : users.data ? undefined : "…";
    }
    if (kind === "key") return t("key", { name: keys.data?.find((each) => each.id === id)?.name ?? id });
    return actor;
  };
}

export default function AuditPage() {
  const { t } = useTranslation("audit");
  const search = useSearch({ from: "/shell/audit" });
  const navigate = useNavigate({ from: "/audit" });
  const log = useInfiniteQuery(auditQuery);
  const nameOf = useActorNames();
  const put = (change: Record<string, string | undefined>) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <Page title={t("title")} description={t("description")}>
      <QueryStates query={log}>
        {({ pages }) => {
          const entries = pages.flatMap((page) => page.items);
          if (entries.length === 0) {
            return (
              <EmptyState icon={<IconBook2 />} title={t("emptyTitle")}>
                {t("emptyHint")}
              </EmptyState>
            );
          }
          const shown = filtered(entries, search.q, search.actor);
          const actors = [...new Set([...entries.map((entry) => entry.actor), ...(search.actor ? [search.actor] : [])])];
          return (
            <>
              <Group align="flex-end">
                <TextInput
                  label={t("search")}
                  placeholder={t("searchHint")}
                  leftSection={<IconSearch size={16} />}
                  value={search.q ?? ""}
                  onChange={(event) => put({ q: event.currentTarget.value || undefined })}
                  style={{ flex: "1 1 220px" }}
                  maw={360}
                />
                <Select
                  label={t("actor")}
                  placeholder={t("everybody")}
                  clearable
                  clearButtonProps={{ "aria-label": t("everybody") }}
                  data={actors.map((actor) => ({ value: actor, label: nameOf(actor) ?? t("gone") }))}
                  value={search.actor ?? null}
                  onChange={(value) => put({ actor: value ?? undefined })}
                  style={{ flex: "1 1 200px" }}
                  maw={280}
                />
              </Group>
              {shown.length < entries.length ? (
                <Text size="sm" c="dimmed" role="status">
                  {t("found", { shown: shown.length, count: entries.length })}
                </Text>
              ) : null}
              {shown.length === 0 ? (
                <EmptyState icon={<IconSearch />} title={t("noneFound", { count: entries.length })}>
                  {t("noneFoundHint")}
                </EmptyState>
              ) : (
                <AuditTable entries={shown} nameOf={nameOf} />
              )}
              {log.hasNextPage ? (
                <Center>
                  <Button variant="default" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
                    {t("more")}
                  </Button>
                </Center>
              ) : null}
            </>
          );
        }}
      </QueryStates>
    </Page>
  );
}
