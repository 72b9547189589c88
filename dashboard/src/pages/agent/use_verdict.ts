// What the server says of the text, a moment after the last change.
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { verdictQuery } from "@/components/agents";
import { parse, type Parsed } from "./document/document";
import { locate } from "./document/problems";
import type { Schema } from "./document/schema";

const kPause = 400;

export function useVerdict(text: string, parsed: Parsed, schema: Schema) {
  const [asked] = useDebouncedValue(text, kPause);
  const verdict = useQuery(verdictQuery(asked === "" ? "\n" : asked));
  return useMemo(() => {
    if (parsed.fault) {
      const { line, detail } = parsed.fault;
      return { problems: [{ line, detail, short: detail, path: [] }], warnings: [], checking: false };
    }
    const told = verdict.data;
    const problems = told ? locate(told.problems, parse(told.text).document, told.text, schema) : [];
    return { problems, warnings: told?.warnings ?? [], checking: verdict.isFetching || asked !== text };
  }, [parsed.fault, verdict.data, verdict.isFetching, schema, asked, text]);
}
