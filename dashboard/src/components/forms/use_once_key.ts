// The Idempotency-Key of a form: the same for the same content, so that what the server did but could not say is not
// done twice; another one when something was changed.
import { useRef } from "react";
import { idempotencyKey } from "@/api/client";

export function useOnceKey(): (content: unknown) => string {
  const last = useRef({ content: "", key: "" });
  return (content) => {
    const text = JSON.stringify(content);
    if (last.current.content !== text) last.current = { content: text, key: idempotencyKey() };
    return last.current.key;
  };
}
