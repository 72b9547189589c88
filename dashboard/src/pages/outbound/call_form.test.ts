import { expect, test } from "vitest";
import { emptyForm, faultsOf, inputOf, rowsFor } from "./call_form";

const row = (name: string, value: string, asked = false) => ({ name, value, asked });

test("only what was typed is sent", () => {
  expect(inputOf({ ...emptyForm, to: " +91 98765 43210 " })).toEqual({ to: "+91 98765 43210" });
  expect(
    inputOf({
      ...emptyForm, to: "123", agent: "desk", variables: [row("name", "Asha"), row("due", ""), row("", "x")], into: "number",
      secondNumber: "456", appId: "77", ringTimeoutSeconds: "20", recordBothChannels: true,
    }),
  ).toEqual({ to: "123", agent: "desk", variables: { name: "Asha" }, into: "number", secondNumber: "456", ringTimeoutSeconds: 20 });
});

test("another agent asks for other values and loses none that was typed", () => {
  const typed = [row("name", "Asha", true), row("due", "", true), row("note", "vip")];
  expect(rowsFor([{ name: "amount", otherwise: "" }, { name: "name", otherwise: "" }], typed)).toEqual([
    row("amount", "", true), row("name", "Asha", true), row("note", "vip"),
  ]);
  expect(rowsFor([], typed)).toEqual([row("name", "Asha"), row("note", "vip")]);
});

test("faults are seen before anybody is called", () => {
  expect(faultsOf(emptyForm)).toEqual({ to: "fault.noNumber" });
  expect(faultsOf({ ...emptyForm, to: "Asha" }).to).toBe("fault.number");
  expect(faultsOf({ ...emptyForm, to: "+919876543210" })).toEqual({});
  expect(faultsOf({ ...emptyForm, to: "123", into: "number" }).secondNumber).toBe("fault.secondNumber");
  expect(faultsOf({ ...emptyForm, to: "123", variables: [row("a", "1"), row("a", "2")] }).variables).toBe("fault.twice");
  expect(faultsOf({ ...emptyForm, to: "123", variables: [row("", "1")] }).variables).toBe("fault.nameless");
});
