// The Idempotency-Key of a form: the same while the content is the same, so that what the server did but could not say
// is not done twice. After a refusal it is another one: the server would repeat the refusal for the same key.
import { useMemo } from "react";
import { idempotencyKey } from "@/api/client";
import { Problem } from "@/api/problem";

export interface OnceKey {
  of: (content: unknown) => string;
  refused: (error: unknown) => void;
}

export function makeOnceKey(): OnceKey {
  let last = { content: "", key: "" };
  return {
    of: (content) => {
      const text = JSON.stringify(content);
      if (last.content !== text) last = { content: text, key: idempotencyKey() };
      return last.key;
    },
    refused: (error) => {
      if (error instanceof Problem && error.status >= 400 && error.status < 500) last = { content: "", key: "" };
    },
  };
}

export function useOnceKey(): OnceKey {
  return useMemo(makeOnceKey, []);
}
