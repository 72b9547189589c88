// The call log.
import { Button, Group } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconDownload, IconListSearch, IconPhone } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { registerTexts } from "@/i18n";
import { ButtonLink, EmptyState, ErrorState, LoadingState, Page } from "@/components";
import { CallTable } from "./call_table";
import { ColumnMenu } from "./column_menu";
import { FilterBar } from "./filter_bar";
import { exportAddress, filtersOf, queryOf, searchOf, type Filters } from "./filters";
import { useShownColumns } from "./shown_columns";
import { useCallList } from "./use_call_list";
import texts from "./texts.en.json";
import { rowCount } from "./window";

registerTexts("calls", texts);

export default function CallsPage() {
  const { t } = useTranslation("calls");
  const filters = filtersOf(useSearch({ from: "/shell/calls" }));
  const navigate = useNavigate();
  const change = (to: Partial<Filters>) =>
    void navigate({
      to: "/calls",
      // What is there when it is changed, not when it was drawn.
      search: (before) => searchOf({ ...filtersOf(before as Record<string, string | undefined>), ...to }),
      replace: true,
      resetScroll: false,
    });
  const cards = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false });
  const [shown, setShown] = useShownColumns();
  const key = JSON.stringify(filters);
  const { list, state } = useCallList(key, () => queryOf(filters, new Date()));
  const empty = state.window.end !== null && rowCount(state.window) === 0;
  const filtered = Object.values(searchOf(filters)).some(Boolean);

  return (
    <Page
      title={t("title")}
      actions={
        <>
          {cards ? null : <ColumnMenu shown={shown} onChange={setShown} />}
          <Button
            component="a"
            href={exportAddress(queryOf(filters, new Date()))}
            download="calls.csv"
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            {t("export")}
          </Button>
        </>
      }
    >
      <FilterBar filters={filters} onChange={change} />
      {state.window.anchor === null ? (
        state.error ? <ErrorState error={state.error} onRetry={() => list.again()} /> : <FirstPage list={list} />
      ) : empty ? (
        filtered ? (
          <EmptyState
            icon={<IconListSearch />}
            title={t("empty.filtered")}
            action={
              <ButtonLink to="/calls" variant="default">
                {t("filter.clear")}
              </ButtonLink>
            }
          >
            {t("empty.filteredHint")}
          </EmptyState>
        ) : (
          <EmptyState
            icon={<IconPhone />}
            title={t("empty.none")}
            action={
              <Group>
                <ButtonLink to="/talk">
                  {t("empty.talk")}
                </ButtonLink>
                <ButtonLink to="/numbers" variant="default">
                  {t("empty.numbers")}
                </ButtonLink>
              </Group>
            }
          >
            {t("empty.noneHint")}
          </EmptyState>
        )
      ) : (
        <CallTable list={list} state={state} shown={shown} cards={cards ?? false} />
      )}
    </Page>
  );
}

function FirstPage({ list }: { list: ReturnType<typeof useCallList>["list"] }) {
  list.look(0, 0);
  return <LoadingState />;
}
