// A form keeps what it began with while somebody is typing in it: what others change meanwhile is taken when nothing was
// typed, and else when it is asked for (the server refuses a change of an old state with 412).
import { Fragment, useCallback, useEffect, useRef, useState, type ReactNode } from "react";

export interface Kept<T> {
  // A newer state; what was typed is gone.
  take: (state: T) => void;
  // Told at each rendering whether something was typed.
  typed: (value: boolean) => void;
}

interface KeptFormProps<T> {
  current: T;
  children: (base: T, kept: Kept<T>) => ReactNode;
}

export function KeptForm<T extends { etag: number }>({ current, children }: KeptFormProps<T>) {
  const [base, setBase] = useState(current);
  const dirty = useRef(false);
  useEffect(() => {
    if (!dirty.current && current.etag !== base.etag) setBase(current);
  }, [current, base]);
  const take = useCallback((state: T) => {
    dirty.current = false;
    setBase(state);
  }, []);
  const typed = useCallback((value: boolean) => {
    dirty.current = value;
  }, []);
  return <Fragment key={base.etag}>{children(base, { take, typed })}</Fragment>;
}
