import { act, createElement } from "react";
import { createRoot } from "react-dom/client";
import { beforeAll, expect, test } from "vitest";
import { Problem } from "@/api/problem";
import { useFields, type Fields, type Inputs } from "./use_fields";

beforeAll(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
});

test("what the server says of a field stands there until the field is changed", () => {
  interface Form {
    name: string;
    sid: string;
  }
  let fields!: Fields<Form>;
  let inputs!: Inputs<Form>;
  const problem = new Problem(400, "validation-failed", "wrong", [{ pointer: "/body/name", detail: "is needed" }]);
  function Probe({ told }: { told: unknown }) {
    fields = useFields({ name: "", sid: "" });
    inputs = fields.inputs(told);
    return null;
  }
  const root = createRoot(document.createElement("div"));
  act(() => root.render(createElement(Probe, { told: null })));
  expect(inputs.error("name")).toBeUndefined();
  act(() => root.render(createElement(Probe, { told: problem })));
  expect(inputs.text("name").error).toBe("is needed");
  expect(inputs.error("sid")).toBeUndefined();
  act(() => fields.set("name", "Asha"));
  expect(inputs.error("name")).toBeUndefined();
  expect(fields.values.name).toBe("Asha");
  act(() => root.unmount());
});
