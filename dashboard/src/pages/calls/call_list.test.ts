import { expect, test } from "vitest";
import type { CallSummary } from "@/components/calls/model";
import { CallList, type PageQuery } from "./call_list";
import { rowAt, rowCount } from "./window";

const time = (n: number) => new Date(1_800_000_000_000 + n * 1000).toISOString();
const call = (n: number, status = "completed") => ({ id: `c${n}`, startedAt: time(n), status }) as CallSummary;

// A log that answers as the server does: newest first, from a cursor on, between two times.
class Log {
  calls: CallSummary[] = [];
  asked: PageQuery[] = [];
  away = false;

  constructor(count: number) {
    for (let n = 0; n < count; ++n) this.calls.unshift(call(n));
  }
  readonly fetch = async (query: PageQuery) => {
    this.asked.push(query);
    if (this.away) throw new Error("away");
    const fits = this.calls.filter(
      (each) =>
        (!query.since || each.startedAt >= query.since) && (!query.before || each.startedAt < query.before) &&
        (!query.cursor || each.startedAt < query.cursor),
    );
    const items = fits.slice(0, query.limit);
    return { items, nextCursor: fits.length > query.limit ? items.at(-1)!.startedAt : null };
  };
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
const ids = (list: CallList, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => rowAt(list.snapshot().window, from + i)?.id);

async function opened(log: Log) {
  const list = new CallList({}, log.fetch);
  list.look(0, 10);
  await settled();
  return list;
}

test("pages come as they are looked at, each once", async () => {
  const log = new Log(1000);
  const list = await opened(log);
  expect(rowCount(list.snapshot().window)).toBe(200); // the second one ahead
  list.look(90, 110);
  await settled();
  expect(ids(list, 99, 101)).toEqual(["c900", "c899"]);
  expect(new Set(log.asked.map((query) => query.cursor)).size).toBe(log.asked.length);
});

test("a call that begins comes in front, and moves no page", async () => {
  const log = new Log(150);
  const list = await opened(log);
  log.calls.unshift(call(150, "in_progress"));
  await list.lookForNew();
  expect(ids(list, 0, 3)).toEqual(["c150", "c149", "c148"]);
  expect(rowCount(list.snapshot().window)).toBe(151);

  // It ends, and so does one of the first page.
  log.calls[0] = call(150);
  log.calls[5] = call(145, "failed");
  await list.lookForNew();
  await list.changed(new Set(["c145", "c150", "unknown"]));
  expect(rowAt(list.snapshot().window, 0)?.status).toBe("completed");
  expect(rowAt(list.snapshot().window, 5)).toMatchObject({ id: "c145", status: "failed" });
  expect(rowCount(list.snapshot().window)).toBe(151);
});

test("the first call of an empty log appears", async () => {
  const log = new Log(0);
  const list = await opened(log);
  expect(rowCount(list.snapshot().window)).toBe(0);
  log.calls.unshift(call(1));
  await list.lookForNew();
  expect(ids(list, 0, 1)).toEqual(["c1"]);
});

test("when more came than stands in front the list is to be opened anew", async () => {
  const log = new Log(150);
  const list = await opened(log);
  for (let n = 150; n < 300; ++n) log.calls.unshift(call(n));
  await list.lookForNew();
  expect(list.snapshot().outdated).toBe(true);
  list.restart();
  await settled();
  expect(list.snapshot().outdated).toBe(false);
  expect(ids(list, 0, 1)).toEqual(["c299"]);
});

test("a server that is away is an error once, and what was wanted comes when it is back", async () => {
  const log = new Log(150);
  log.away = true;
  const list = await opened(log);
  expect(list.snapshot().error).toBeInstanceOf(Error);
  list.look(0, 10);
  await settled();
  expect(log.asked).toHaveLength(1);
  log.away = false;
  list.again();
  await settled();
  expect(list.snapshot().error).toBeNull();
  expect(ids(list, 0, 1)).toEqual(["c149"]);
});
