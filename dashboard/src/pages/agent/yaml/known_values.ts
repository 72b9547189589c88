// Values that completion knows beside the schema: providers with their models and voices, stages, languages.
import type { Choices } from "@/components/agents";
import type { Path } from "../document/path";
import { isRecord, valueAt } from "../document/path";
import { offered, partOf } from "../form/offers";
import { readScript } from "../stages/graph";
import type { Option } from "./completion";

export function knownValues(path: Path, data: Record<string, unknown>, choices: Choices | undefined): Option[] {
  const last = path.at(-1);
  if (last === "go_to" || last === "first_stage") return readScript(data).stages.map((stage) => ({ label: stage.name }));
  if (last === "language" && path.length === 1) return (choices?.languages ?? []).map(({ code, name }) => ({ label: code, detail: name }));
  if (last !== "provider" && last !== "model" && last !== "voice") return [];
  const holder = valueAt(data, path.slice(0, -1));
  const offers = offered(choices, partOf(path), isRecord(holder) ? holder : {}, data.language);
  const list = last === "provider" ? offers.providers : last === "model" ? offers.models : offers.voices;
  // A colon or the like within a name needs quotes.
  return list.map(({ value, note }) => ({ label: value, detail: note || undefined, apply: /^[\w./-]+$/.test(value) && !/^[\d.-]+$/.test(value) ? value : JSON.stringify(value) }));
}
