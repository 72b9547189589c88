// The list itself. The page scrolls, not a box in it; only the rows on the screen and some around them are drawn.
import { Button } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import type { CallList, ListState } from "./call_list";
import { CallCard, cardHeight, gridOf, openedHere, rowHeight, TableRow, widthOf } from "./call_rows";
import { columns, type ColumnId } from "./columns";
import { keyAt, rowAt, rowCount } from "./window";
import classes from "./call_rows.module.css";

interface CallTableProps {
  list: CallList;
  state: ListState;
  shown: readonly ColumnId[];
  cards: boolean;
}

export function CallTable({ list, state: { window: rows, outdated }, shown, cards }: CallTableProps) {
  const { t } = useTranslation("calls");
  const frame = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  const height = cards ? cardHeight : rowHeight;
  const count = rowCount(rows) + (rows.end === null ? 1 : 0); // one for those to come
  const virtualizer = useWindowVirtualizer({
    count,
    estimateSize: () => height,
    overscan: cards ? 8 : 16,
    scrollMargin: offset,
    getItemKey: (index) => keyAt(rows, index),
  });

  // Where the rows begin on the page: filters above may open or wrap.
  useLayoutEffect(() => {
    const measure = () => {
      if (frame.current) setOffset(Math.round(frame.current.getBoundingClientRect().top + window.scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [cards]);
  useEffect(() => virtualizer.measure(), [virtualizer, height]);

  const items = virtualizer.getVirtualItems();
  const from = items[0]?.index ?? 0;
  const to = items.at(-1)?.index ?? 0;
  useEffect(() => list.look(from, to), [list, from, to]);

  // Rows that come in front do not move those that are being read.
  const fresh = useRef({ list, count: rows.fresh.length });
  const [unread, setUnread] = useState(0);
  useLayoutEffect(() => {
    const more = fresh.current.list === list ? rows.fresh.length - fresh.current.count : 0;
    fresh.current = { list, count: rows.fresh.length };
    if (more === 0) return;
    const below = window.scrollY > Math.max(0, (frame.current?.offsetTop ?? 0) - 60) + height / 2;
    if (!below) return;
    window.scrollBy({ top: more * height, behavior: "instant" });
    setUnread((before) => Math.max(0, before + more));
  }, [list, rows.fresh.length, height]);
  const atTop = (virtualizer.scrollOffset ?? 0) <= offset;
  useEffect(() => {
    if (atTop) setUnread(0);
  }, [atTop]);

  const navigate = useNavigate();
  const open = (event: MouseEvent) => {
    const callId = openedHere(event);
    if (callId) void navigate({ to: "/calls/$callId", params: { callId } });
  };

  const toTop = () => {
    if (outdated) list.restart();
    window.scrollTo({ top: 0 });
  };
  const pill = (
    <div role="status" className={classes.news}>
      {outdated || (unread > 0 && !atTop) ? (
        <Button size="compact-sm" radius="xl" leftSection={<IconArrowUp size={14} aria-hidden />} onClick={toTop}>
          {outdated ? t("fresh.many") : t("fresh.count", { count: unread })}
        </Button>
      ) : null}
    </div>
  );
  const body = { height: virtualizer.getTotalSize() };

  if (cards) {
    return (
      <div onClick={open}>
        {pill}
        <div ref={frame} role="list" aria-label={t("title")} className={classes.rows} style={body}>
          {items.map(({ index, key, start }) => (
            <CallCard key={key} index={index} top={start - offset} call={rowAt(rows, index)} />
          ))}
        </div>
      </div>
    );
  }
  const grid = gridOf(shown);
  const width = widthOf(shown);
  return (
    <div onClick={open}>
      {pill}
      <div role="table" aria-label={t("title")} aria-rowcount={rows.end === null ? -1 : count + 1} className={classes.frame}>
        <div role="rowgroup" className={classes.head} ref={head}>
          <div role="row" aria-rowindex={1} className={classes.row} style={{ gridTemplateColumns: grid, minWidth: width, height: 40 }}>
            <div role="columnheader">{t("column.time")}</div>
            {shown.map((id) => (
              <div role="columnheader" key={id} className={columns[id].right ? classes.right : undefined}>
                {t(`column.${id}`)}
              </div>
            ))}
          </div>
        </div>
        <div
          role="rowgroup"
          className={classes.body}
          onScroll={(event) => {
            if (head.current) head.current.scrollLeft = event.currentTarget.scrollLeft;
          }}
        >
          <div ref={frame} role="presentation" className={classes.rows} style={{ ...body, minWidth: width }}>
            {items.map(({ index, key, start }) => (
              <TableRow key={key} index={index} top={start - offset} call={rowAt(rows, index)} shown={shown} grid={grid} />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}
