// What is typed to place a call, and what is sent.
import type { Schemas } from "@/api/client";
import type { Placeholder } from "./placeholders";

export interface VariableRow {
  name: string;
  value: string;
  // Asked for by the agent: its name is fixed.
  asked: boolean;
}

export interface CallForm {
  to: string;
  agent: string;
  from: string;
  variables: VariableRow[];
  into: "" | "flow" | "stream" | "number";
  secondNumber: string;
  appId: string;
  ringTimeoutSeconds: string;
  timeLimitSeconds: string;
  record: boolean;
  recordBothChannels: boolean;
  customField: string;
}

export const emptyForm: CallForm = {
  to: "", agent: "", from: "", variables: [], into: "", secondNumber: "", appId: "",
  ringTimeoutSeconds: "", timeLimitSeconds: "", record: false, recordBothChannels: false, customField: "",
};

// Another agent asks for other values: what was typed stays, empty rows that nobody asks for go.
export function rowsFor(placeholders: readonly Placeholder[], typed: readonly VariableRow[]): VariableRow[] {
  const valueOf = (name: string) => typed.find((row) => row.name === name)?.value ?? "";
  const asked = placeholders.map(({ name }) => ({ name, value: valueOf(name), asked: true }));
  const rest = typed.filter((row) => row.value !== "" && !placeholders.some(({ name }) => name === row.name));
  return [...asked, ...rest.map((row) => ({ ...row, asked: false }))];
}

export function inputOf(form: CallForm): Schemas["CallInput"] {
  const input: Schemas["CallInput"] = { to: form.to.trim() };
  for (const name of ["agent", "from", "customField"] as const) if (form[name].trim()) input[name] = form[name].trim();
  const variables = form.variables.filter((row) => row.name.trim() && row.value !== "");
  if (variables.length > 0) input.variables = Object.fromEntries(variables.map((row) => [row.name.trim(), row.value]));
  if (form.into) input.into = form.into;
  if (form.into === "number" && form.secondNumber.trim()) input.secondNumber = form.secondNumber.trim();
  if ((form.into === "flow" || form.into === "") && form.appId.trim()) input.appId = form.appId.trim();
  for (const name of ["ringTimeoutSeconds", "timeLimitSeconds"] as const) {
    const seconds = Number(form[name]);
    if (form[name] !== "" && Number.isInteger(seconds)) input[name] = seconds;
  }
  if (form.record) input.record = true;
  if (form.record && form.recordBothChannels) input.recordBothChannels = true;
  return input;
}

// What can be seen to be wrong before anybody is asked; the name of a text, by field.
export function faultsOf(form: CallForm): Partial<Record<"to" | "secondNumber" | "variables", string>> {
  const faults: ReturnType<typeof faultsOf> = {};
  const digits = form.to.replace(/[^0-9]/g, "").length;
  if (form.to.trim() === "") faults.to = "fault.noNumber";
  else if (!/^[+0-9 ().-]{3,32}$/.test(form.to.trim()) || digits < 3) faults.to = "fault.number";
  if (form.into === "number" && form.secondNumber.trim() === "") faults.secondNumber = "fault.secondNumber";
  const names = form.variables.map((row) => row.name.trim()).filter(Boolean);
  if (new Set(names).size < names.length) faults.variables = "fault.twice";
  else if (form.variables.some((row) => row.value !== "" && !row.name.trim())) faults.variables = "fault.nameless";
  return faults;
}
