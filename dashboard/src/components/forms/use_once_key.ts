// The Idempotency-Key of a form: the same while the content is the same, so that what the server did but could not say
// is not done twice. After a refusal it is another one: the server would repeat the refusal for the same key, also when
// its cause is mended elsewhere.
import { useMemo } from "react";
import { idempotencyKey } from "@/api/client";
import { Problem } from "@/api/problem";

export interface OnceKey {
  of: (content: unknown) => string;
  refused: (error: unknown) => void;
  // It is done: the same content is wanted once more.
  done: () => void;
}

// What was asked for before is under way, or was done without an answer that could be given again.
const unsettled = ["still-at-work", "done-already"];

export function makeOnceKey(): OnceKey {
  const none = { content: "", key: "" };
  let last = none;
  return {
    of: (content) => {
      const text = JSON.stringify(content);
      if (last.content !== text) last = { content: text, key: idempotencyKey() };
      return last.key;
    },
    refused: (error) => {
      if (error instanceof Problem && error.status >= 400 && error.status < 500 && !unsettled.includes(error.kind)) last = none;
    },
    done: () => {
      last = none;
    },
  };
}

export function useOnceKey(): OnceKey {
  return useMemo(makeOnceKey, []);
}
