import { expect, test } from "vitest";
import { emptyWindow, keyAt, pageOf, rowAt, rowCount, wantedPages, withFresh, withPage, type Row, type Window } from "./window";

const call = (n: number): Row => ({ id: `c${n}`, startedAt: new Date(1_800_000_000_000 - n * 1000).toISOString() });
const page = (n: number, size: number, more: boolean) => ({
  items: Array.from({ length: size }, (_, i) => call(n * 10 + i)),
  nextCursor: more ? `after-${n}` : null,
});

function filled(pages: number, keep = 4): Window<Row> {
  let window = emptyWindow<Row>(10);
  for (let n = 0; n < pages; ++n) window = withPage(window, n, page(n, 10, true), keep);
  return window;
}

test("the first page is wanted first, and one that is held no more", () => {
  const window = emptyWindow<Row>(10);
  expect(wantedPages(window, 0, 20, 10)).toEqual([0]);
  expect(wantedPages(withPage(window, 0, page(0, 10, true), 4), 0, 9, 5)).toEqual([1]);
  expect(wantedPages(withPage(window, 0, page(0, 10, true), 4), 0, 3, 0)).toEqual([]);
});

test("the list ends where the server says", () => {
  let window = filled(2);
  expect(rowCount(window)).toBe(20);
  window = withPage(window, 2, page(2, 3, false), 4);
  expect(rowCount(window)).toBe(23);
  expect(wantedPages(window, 15, 40, 50)).toEqual([]);
  expect(rowAt(window, 22)?.id).toBe("c22");
  expect(rowAt(window, 23)).toBeUndefined();
});

test("a list without calls has ended and wants nothing", () => {
  const window = withPage(emptyWindow<Row>(10), 0, { items: [], nextCursor: null }, 4);
  expect(rowCount(window)).toBe(0);
  expect(wantedPages(window, 0, 0, 20)).toEqual([]);
  expect(window.anchor).toBe("1970-01-01T00:00:00.000Z");
});

test("no more pages are held than wished, those near stay, and one that went is wanted when it is scrolled to", () => {
  const window = filled(1000, 4);
  expect([...window.pages.keys()].sort((a, b) => a - b)).toEqual([996, 997, 998, 999]);
  expect(rowCount(window)).toBe(10_000);
  expect(rowAt(window, 5)).toBeUndefined();
  expect(wantedPages(window, 0, 12, 0)).toEqual([0, 1]);
  const back = withPage(window, 0, page(0, 10, true), 4);
  expect(rowAt(back, 5)?.id).toBe("c5");
  expect(back.pages.size).toBe(4);
  expect(back.cursors.length).toBe(window.cursors.length);
});

test("new calls stand in front; the rows behind keep their keys", () => {
  const window = filled(2);
  const fresh = withFresh(window, [{ id: "new", startedAt: "2030-01-01T00:00:00.000Z" }]);
  expect(rowCount(fresh)).toBe(21);
  expect(rowAt(fresh, 0)?.id).toBe("new");
  expect(rowAt(fresh, 1)?.id).toBe("c0");
  expect(keyAt(fresh, 0)).toBe("new");
  expect(keyAt(fresh, 7)).toBe(keyAt(window, 6));
});

test("the anchor is just behind the newest call of the first page, and stays", () => {
  const window = filled(1);
  expect(new Date(window.anchor!).getTime()).toBe(new Date(call(0).startedAt).getTime() + 1);
  expect(withPage(window, 0, page(5, 10, true), 4).anchor).toBe(window.anchor);
});

test("a call is found in the pages that are held", () => {
  expect(pageOf(filled(3), "c25")).toBe(2);
  expect(pageOf(filled(3), "c99")).toBeNull();
});
