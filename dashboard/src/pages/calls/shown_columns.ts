// Which columns are shown, kept in this browser.
import { useCallback, useState } from "react";
import { columnIds, firstColumns, type ColumnId } from "./columns";

const place = "parley.calls.columns";

// Unknown names are those of another release.
export function columnsOf(kept: string | null): ColumnId[] {
  if (kept === null) return firstColumns;
  const names = kept.split(",");
  return columnIds.filter((id) => names.includes(id));
}

function read(): string | null {
  try {
    return localStorage.getItem(place);
  } catch {
    return null; // a browser that keeps nothing
  }
}

export function useShownColumns(): [ColumnId[], (shown: ColumnId[] | null) => void] {
  const [kept, keep] = useState(read);
  const set = useCallback((shown: ColumnId[] | null) => {
    const text = shown === null ? null : shown.join(",");
    try {
      if (text === null) localStorage.removeItem(place);
      else localStorage.setItem(place, text);
    } catch {
      // it holds as long as the page is open
    }
    keep(text);
  }, []);
  return [columnsOf(kept), set];
}
