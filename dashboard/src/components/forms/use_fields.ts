// The values of a form by name, and what the server said of each.
import { useState } from "react";
import { Problem } from "@/api/problem";

export interface Fields<T extends object> {
  values: T;
  set: <Name extends keyof T>(name: Name, value: T[Name]) => void;
  reset: (values?: T) => void;
  // Properties of an input for text: <TextInput {...fields.text("name")} />
  text: (name: keyof T & string) => { value: string; onChange: (event: { currentTarget: { value: string } }) => void; error?: string };
  error: (name: keyof T & string) => string | undefined;
}

// `problem`: of the last attempt; a field's error goes when the field is changed.
export function useFields<T extends object>(initial: T, problem?: unknown): Fields<T> {
  const [values, setValues] = useState(initial);
  const [changed, setChanged] = useState<{ since: unknown; names: ReadonlySet<keyof T> }>({ since: null, names: new Set() });

  const set = <Name extends keyof T>(name: Name, value: T[Name]) => {
    setValues((old) => ({ ...old, [name]: value }));
    setChanged((old) => ({ since: problem, names: new Set([...(old.since === problem ? old.names : []), name]) }));
  };
  const error = (name: keyof T & string) => {
    if (!(problem instanceof Problem) || (changed.since === problem && changed.names.has(name))) return undefined;
    return problem.about(name);
  };
  return {
    values,
    set,
    reset: (to = initial) => setValues(to),
    error,
    text: (name) => ({
      value: String(values[name] ?? ""),
      onChange: (event) => set(name, event.currentTarget.value as T[typeof name]),
      error: error(name),
    }),
  };
}
