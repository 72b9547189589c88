import { act, createElement } from "react";
import { createRoot } from "react-dom/client";
import { beforeAll, expect, test } from "vitest";
import { Problem } from "@/api/problem";
import { useFields, type Fields } from "./use_fields";

beforeAll(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
});

test("what the server says of a field stands there until the field is changed", () => {
  let fields!: Fields<{ name: string; sid: string }>;
  const problem = new Problem(400, "validation-failed", "wrong", [{ pointer: "/body/name", detail: "is needed" }]);
  function Probe({ told }: { told: unknown }) {
    fields = useFields({ name: "", sid: "" }, told);
    return null;
  }
  const root = createRoot(document.createElement("div"));
  act(() => root.render(createElement(Probe, { told: null })));
  expect(fields.error("name")).toBeUndefined();
  act(() => root.render(createElement(Probe, { told: problem })));
  expect(fields.text("name").error).toBe("is needed");
  expect(fields.error("sid")).toBeUndefined();
  act(() => fields.set("name", "Asha"));
  expect(fields.error("name")).toBeUndefined();
  expect(fields.values.name).toBe("Asha");
  act(() => root.unmount());
});
