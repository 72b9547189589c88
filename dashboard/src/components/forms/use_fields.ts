// The values of a form by name, and what the server said of each.
import { useRef, useState } from "react";
import { Problem } from "@/api/problem";

export interface Inputs<T extends object> {
  // Properties of an input for text: <TextInput {...inputs.text("name")} />
  text: (name: keyof T & string) => {
    value: string;
    onChange: (event: { currentTarget: { value: string } }) => void;
    error?: string;
    "aria-invalid"?: true;
  };
  error: (name: keyof T & string) => string | undefined;
}

export interface Fields<T extends object> {
  values: T;
  // Something was changed since the beginning or the last reset.
  touched: boolean;
  set: <Name extends keyof T>(name: Name, value: T[Name]) => void;
  reset: (values?: T) => void;
  // `problem`: of the last attempt, once in each rendering; a field's error goes when the field is changed.
  inputs: (problem: unknown) => Inputs<T>;
}

export function useFields<T extends object>(initial: T): Fields<T> {
  const [values, setValues] = useState(initial);
  const [changed, setChanged] = useState<{ since: unknown; names: ReadonlySet<keyof T> }>({ since: null, names: new Set() });
  const [touched, setTouched] = useState(false);
  const shown = useRef<unknown>(null);

  const set = <Name extends keyof T>(name: Name, value: T[Name]) => {
    const since = shown.current;
    setTouched(true);
    setValues((old) => ({ ...old, [name]: value }));
    setChanged((old) => ({ since, names: new Set([...(old.since === since ? old.names : []), name]) }));
  };
  return {
    values,
    touched,
    set,
    reset: (to = initial) => {
      setTouched(false);
      setValues(to);
    },
    inputs: (problem) => {
      shown.current = problem;
      const error = (name: keyof T & string) => {
        if (!(problem instanceof Problem) || (changed.since === problem && changed.names.has(name))) return undefined;
        return problem.about(name);
      };
      return {
        error,
        text: (name) => ({
          value: String(values[name] ?? ""),
          onChange: (event) => set(name, event.currentTarget.value as T[typeof name]),
          error: error(name),
          "aria-invalid": error(name) ? true : undefined,
        }),
      };
    },
  };
}
