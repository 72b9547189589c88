// What is typed for an option: a number and true or false are meant as such, unless a text stood there that looks like
// one ("12" in quotes).
export function readPlain(typed: string, before: unknown): string | number | boolean {
  const looksPlain = (text: string) => text === "true" || text === "false" || /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text);
  if (!looksPlain(typed) || (typeof before === "string" && looksPlain(before))) return typed;
  if (typed === "true" || typed === "false") return typed === "true";
  // "1.0" would come back as "1" while "1.05" is being typed.
  return String(Number(typed)) === typed ? Number(typed) : typed;
}
