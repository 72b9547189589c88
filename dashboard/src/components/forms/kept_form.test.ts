import { act, createElement, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { beforeAll, expect, test } from "vitest";
import { KeptForm, type Kept } from "./kept_form";

beforeAll(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
});

test("what others change is taken only while nothing was typed", () => {
  interface State {
    etag: number;
  }
  let shown = 0;
  let kept!: Kept<State>;
  let typing = false;
  function Probe({ base, of }: { base: State; of: Kept<State> }) {
    shown = base.etag;
    kept = of;
    useEffect(() => of.typed(typing));
    return null;
  }
  const root = createRoot(document.createElement("div"));
  const show = (etag: number) =>
    act(() =>
      root.render(
        createElement(KeptForm<State>, { current: { etag }, children: (base, of) => createElement(Probe, { base, of }) }),
      ),
    );
  show(1);
  show(2);
  expect(shown).toBe(2);
  typing = true;
  show(2);
  show(3);
  expect(shown).toBe(2);
  typing = false;
  act(() => kept.take({ etag: 3 }));
  expect(shown).toBe(3);
  act(() => root.unmount());
});
