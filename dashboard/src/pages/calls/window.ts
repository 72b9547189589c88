// A long list of which only a window of pages is held. Pages come by cursors that lead forward only; the cursor of each
// page that was seen is kept (a few bytes), so that one that was let go can be fetched again when it is scrolled to.
//
// Pages have a fixed size, all but the last one are full: so a row's page is known without looking. What happens after
// the list was opened would shift every page; it is kept apart, in front of them (`fresh`).
export interface Row {
  id: string;
  startedAt: string;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export interface Window<T extends Row> {
  readonly pageSize: number;
  // The cursor of each page that can be asked for; the first has none.
  readonly cursors: ReadonlyArray<string | null>;
  readonly pages: ReadonlyMap<number, readonly T[]>;
  // How many rows there are, when the end has been seen.
  readonly end: number | null;
  // Newer than the list's first page, newest first.
  readonly fresh: readonly T[];
  // The moment between the pages and what is fresh; null before the first page is there.
  readonly anchor: string | null;
}

export function emptyWindow<T extends Row>(pageSize: number): Window<T> {
  return { pageSize, cursors: [null], pages: new Map(), end: null, fresh: [], anchor: null };
}

// Rows that are known, fresh ones too; the last page may turn out to be shorter.
export function rowCount<T extends Row>(window: Window<T>): number {
  return window.fresh.length + (window.end ?? knownRows(window));
}

function knownRows<T extends Row>(window: Window<T>): number {
  return (window.cursors.length - 1) * window.pageSize;
}

export function rowAt<T extends Row>(window: Window<T>, index: number): T | undefined {
  if (index < window.fresh.length) return window.fresh[index];
  const row = index - window.fresh.length;
  return window.pages.get(Math.floor(row / window.pageSize))?.[row % window.pageSize];
}

// A row's key stays the same when others come in front of it, also while its page is away.
export function keyAt<T extends Row>(window: Window<T>, index: number): string | number {
  return index < window.fresh.length ? (window.fresh[index]?.id ?? index) : index - window.fresh.length;
}

// The pages that rows `from` to `to` need and that are not held, nearest to the beginning first. `ahead`: so many rows
// further are wanted soon.
export function wantedPages<T extends Row>(window: Window<T>, from: number, to: number, ahead: number): number[] {
  const pageOf = (index: number) => Math.max(0, Math.floor((index - window.fresh.length) / window.pageSize));
  const wanted: number[] = [];
  const last = Math.min(pageOf(to + ahead), window.cursors.length - 1);
  for (let page = Math.min(pageOf(Math.max(0, from - ahead)), last); page <= last; ++page) {
    if (window.end !== null && page * window.pageSize >= Math.max(window.end, 1)) break;
    if (!window.pages.has(page)) wanted.push(page);
  }
  return wanted;
}

// Takes a page in and lets those go that are furthest from it.
export function withPage<T extends Row>(window: Window<T>, index: number, page: Page<T>, keep: number): Window<T> {
  const pages = new Map(window.pages);
  pages.set(index, page.items);
  const byDistance = [...pages.keys()].sort((a, b) => Math.abs(b - index) - Math.abs(a - index));
  for (const far of byDistance.slice(0, Math.max(0, pages.size - keep))) pages.delete(far);

  const cursors = [...window.cursors];
  if (page.nextCursor !== null && index === cursors.length - 1) cursors.push(page.nextCursor);
  const end = page.nextCursor === null ? index * window.pageSize + page.items.length : window.end;
  const anchor = index === 0 && window.anchor === null ? anchorOf(page.items) : window.anchor;
  return { ...window, pages, cursors, end, anchor };
}

// A millisecond behind the newest call: the server's times are whole ones. Without calls everything is newer.
function anchorOf(items: readonly Row[]): string {
  const newest = items[0];
  return new Date(newest ? new Date(newest.startedAt).getTime() + 1 : 0).toISOString();
}

export function withFresh<T extends Row>(window: Window<T>, fresh: readonly T[]): Window<T> {
  return { ...window, fresh };
}

// The page that holds this call, if one does.
export function pageOf<T extends Row>(window: Window<T>, id: string): number | null {
  for (const [page, items] of window.pages) if (items.some((item) => item.id === id)) return page;
  return null;
}
