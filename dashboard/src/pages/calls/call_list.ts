// The call log as one list: pages fetched as they are scrolled to, calls that begin or change while it is open. It is
// kept beside the page, so that Back from a call finds the list where it was.
import type { CallSummary } from "@/components/calls/model";
import { emptyWindow, pageOf, wantedPages, withFresh, withPage, type Page, type Window } from "./window";
import type { CallQuery } from "./filters";

export interface PageQuery extends CallQuery {
  cursor?: string;
  limit: number;
}
export type FetchPage = (query: PageQuery) => Promise<Page<CallSummary>>;

export interface ListState {
  window: Window<CallSummary>;
  error: unknown;
  // More calls came in than are shown in front of the list: it is to be opened anew.
  outdated: boolean;
}

const pageSize = 100;
// So many pages are held: 2,000 calls, some screens in both directions.
const keep = 20;
const ahead = 120;

const later = (a: string | undefined, b: string) => (a !== undefined && a > b ? a : b);
const earlier = (a: string | undefined, b: string) => (a !== undefined && a < b ? a : b);

export class CallList {
  private state: ListState = { window: emptyWindow(pageSize), error: null, outdated: false };
  private readonly listeners = new Set<() => void>();
  private readonly underWay = new Set<number>();
  private seen: [number, number] = [0, 0];
  // Answers to what was asked before the list was opened anew are of no use.
  private generation = 0;

  constructor(
    readonly query: CallQuery,
    private readonly fetchPage: FetchPage,
  ) {}

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };
  readonly snapshot = () => this.state;

  private set(change: Partial<ListState>) {
    this.state = { ...this.state, ...change };
    for (const listener of [...this.listeners]) listener();
  }

  // Rows `from` to `to` are on the screen.
  look(from: number, to: number) {
    this.seen = [from, to];
    if (this.state.error) return;
    for (const page of wantedPages(this.state.window, from, to, ahead)) void this.load(page);
  }

  private async load(page: number) {
    if (this.underWay.has(page)) return;
    this.underWay.add(page);
    const { generation } = this;
    const { cursors, anchor } = this.state.window;
    const query: PageQuery = { ...this.query, limit: pageSize };
    const cursor = cursors[page];
    if (cursor) query.cursor = cursor;
    // The first page has no cursor: when it is asked for again, what is newer must not shift it.
    else if (anchor) query.before = earlier(this.query.before, anchor);
    try {
      const answer = await this.fetchPage(query);
      if (generation !== this.generation) return;
      this.set({ window: withPage(this.state.window, page, answer, keep), error: null });
    } catch (error) {
      if (generation === this.generation) this.set({ error });
    } finally {
      this.underWay.delete(page);
    }
    if (generation === this.generation) this.look(...this.seen);
  }

  // Calls that have begun since the list was opened.
  async lookForNew() {
    const { anchor } = this.state.window;
    if (anchor === null) return;
    const { generation } = this;
    try {
      const page = await this.fetchPage({ ...this.query, since: later(this.query.since, anchor), limit: pageSize });
      if (generation !== this.generation) return;
      this.set({ window: withFresh(this.state.window, page.items), outdated: page.nextCursor !== null });
    } catch {
      // The rows that are there stay; the banner tells that the server is away.
    }
  }

  // These calls have changed: they are read again where they are held.
  async changed(ids: ReadonlySet<string>) {
    const pages = new Set<number>();
    for (const id of ids) {
      const page = pageOf(this.state.window, id);
      if (page !== null) pages.add(page);
    }
    await Promise.all([...pages].map((page) => this.load(page)));
  }

  // After an error, or when the server is back: what is seen may have changed meanwhile.
  again() {
    this.set({ error: null });
    this.look(...this.seen);
    for (const page of this.state.window.pages.keys()) void this.load(page);
    void this.lookForNew();
  }

  restart() {
    ++this.generation;
    this.underWay.clear();
    this.set({ window: emptyWindow(pageSize), error: null, outdated: false });
    this.look(0, 0);
  }
}
