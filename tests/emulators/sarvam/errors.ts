// Sarvam's refusals: {error:{message, code, request_id}}. A bad key is 403, not 401. Each of its four sockets words an
// error in a form of its own.
import type { ErrorFault, HttpRefusal, RefusalContext, RefusalDetail, StreamRefusal } from "../core/types.js";

/** What a request has wrong in itself. */
export interface Wrong extends RefusalDetail {
  fault: ErrorFault;
}

export function isWrong(value: object): value is Wrong {
  return "fault" in value;
}

export const badRequest = (message: string): Wrong => ({ fault: "bad_request", message });
export const unprocessable = (message: string): Wrong => ({ fault: "bad_request", code: "unprocessable_entity_error", message });
export const tooLarge = (message: string): Wrong => ({ fault: "bad_request", code: "413", message });
export const notFound: Wrong = { fault: "bad_request", code: "not_found_error", message: "Not Found" };

/** Request ids of Sarvam have the day in front. */
export function datedId(requestId: string): string {
  return `${new Date().toISOString().slice(0, 10).replaceAll("-", "")}_${requestId}`;
}

interface Words {
  status: number;
  code: string;
  message: string;
}

// Sarvam serves one region and says nothing of others; a key without the right to it is nearest.
const kWords: Record<ErrorFault, Words> = {
  bad_key: { status: 403, code: "invalid_api_key_error", message: "Invalid API key" },
  no_credit: { status: 429, code: "insufficient_quota_error", message: "No credits available. Please top up to continue." },
  rate_limit: { status: 429, code: "rate_limit_exceeded_error", message: "Rate limit exceeded. Please try again later." },
  unknown_model: { status: 400, code: "invalid_request_error", message: "The model is not valid for this endpoint" },
  region: { status: 403, code: "authentication_error", message: "The API is not available from your region" },
  bad_request: { status: 400, code: "invalid_request_error", message: "The request could not be processed" },
  overload: { status: 503, code: "rate_limit_exceeded_error", message: "The service is overloaded. Please try again later." },
  server_error: { status: 500, code: "internal_server_error", message: "Internal server error" },
};
const kStatus: Record<string, number> = { unprocessable_entity_error: 422, not_found_error: 404, "413": 413 };

function words(fault: ErrorFault, context: RefusalContext): Words {
  const { status, code, message } = kWords[fault];
  const asked = context.code;
  return {
    status: (asked === undefined ? undefined : kStatus[asked]) ?? status,
    code: asked === undefined || asked === "413" ? code : asked,
    message: context.message ?? (fault === "unknown_model" && context.model ? `Invalid model: ${context.model}` : message),
  };
}

export function httpError(fault: ErrorFault, context: RefusalContext): HttpRefusal {
  const { status, code, message } = words(fault, context);
  const headers: Record<string, string> =
    fault === "rate_limit" ? { "retry-after": String(Math.ceil((context.retryAfterMs ?? 300) / 1000)) } : {};
  return { status, headers, body: { error: { message, code, request_id: datedId(context.requestId) } } };
}

export function streamError(fault: ErrorFault, context: RefusalContext, over: "http" | "ws"): StreamRefusal {
  const { status, code, message } = words(fault, context);
  const requestId = datedId(context.requestId);
  if (over === "http") {
    // Sound is raw bytes and just ends; chat says it as OpenAI does.
    return context.part === "llm"
      ? { message: { json: { error: { message, code, request_id: requestId } }, frame: (text) => `data: ${text}\n\n` } }
      : {};
  }
  if (context.path === "/speech-to-text-realtime/ws") {
    const limits = ["bad_key", "no_credit", "rate_limit", "region"].includes(fault);
    const closing = limits ? 1003 : fault === "bad_request" || fault === "unknown_model" ? 4000 : 1011;
    return {
      message: { json: { event: "error", code, is_fatal: true, message, status_code: status } },
      close: { code: closing, reason: message },
    };
  }
  const close = { code: status >= 500 ? 1011 : 1003, reason: message };
  if (context.part === "tts") {
    return { message: { json: { type: "error", data: { message, code: status, details: {}, request_id: requestId } } }, close };
  }
  return { message: { json: { type: "error", data: { error: message, code } } }, close };
}
