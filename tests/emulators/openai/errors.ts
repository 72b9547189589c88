// OpenAI's errors, and those of the servers that call themselves compatible.
import type { ErrorFault, HttpRefusal, RefusalContext, StreamRefusal } from "../core/types.js";

export interface ApiError {
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

interface Known {
  status: number;
  error: ApiError;
}

function masked(key: string): string {
  return key.length <= 8 ? "****" : `${key.slice(0, 4)}${"*".repeat(12)}${key.slice(-4)}`;
}

export function known(fault: ErrorFault, context: RefusalContext): Known {
  const of = (status: number, type: string, code: string | null, message: string, param: string | null = null): Known => ({
    status,
    error: { message: context.message ?? message, type, param: context.param ?? param, code: context.code ?? code },
  });
  switch (fault) {
    case "bad_key":
      return of(401, "invalid_request_error", "invalid_api_key", `Incorrect API key provided: ${masked(context.key)}. You can find your API key in your account settings.`);
    case "no_credit":
      return of(429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota, please check your plan and billing details.");
    case "rate_limit":
      return of(429, "tokens", "rate_limit_exceeded", `Rate limit reached for this model on tokens per min (TPM): Limit 30000, Used 29900, Requested 400. Please try again in ${(context.retryAfterMs ?? 300) / 1000}s.`);
    case "unknown_model":
      return of(404, "invalid_request_error", "model_not_found", `The model \`${context.model ?? "this"}\` does not exist or you do not have access to it.`);
    case "region":
      return of(403, "request_forbidden", "unsupported_country_region_territory", "Country, region, or territory not supported");
    case "bad_request":
      return of(400, "invalid_request_error", null, "The request is not valid.");
    case "overload":
      return of(503, "server_error", null, "The engine is currently overloaded, please try again later.");
    case "server_error":
      return of(500, "server_error", null, "The server had an error while processing your request. Sorry about that!");
  }
}

/** `flavour` "": OpenAI itself. */
function shaped({ status, error }: Known, flavour: string): unknown {
  switch (flavour) {
    case "vllm":
      return { error: { message: error.message, type: status === 404 ? "NotFoundError" : "BadRequestError", param: error.param, code: status } };
    case "vllm-old":
      return { object: "error", message: error.message, type: "BadRequestError", param: null, code: status };
    case "llamacpp":
      return { error: { code: status, message: error.message, type: status === 503 ? "unavailable_error" : "invalid_request_error" } };
    case "lmstudio":
      return { error: error.message };
    case "ollama":
      return { error: { message: error.message, type: status === 404 ? "not_found_error" : status >= 500 ? "api_error" : "invalid_request_error", param: null, code: null } };
    case "azure":
      return { error: { code: status === 404 ? "DeploymentNotFound" : String(status), message: error.message } };
    case "groq":
      return { error: { message: error.message, type: error.type, ...(error.code === null ? {} : { code: error.code }) } };
    default:
      return { error };
  }
}

export function httpError(fault: ErrorFault, context: RefusalContext): HttpRefusal {
  const what = known(fault, context);
  const headers: Record<string, string> = {};
  if (fault === "rate_limit") {
    const wait = context.retryAfterMs ?? 300;
    headers["retry-after"] = String(Math.max(1, Math.ceil(wait / 1000)));
    if (context.flavour === "") headers["retry-after-ms"] = String(wait);
    headers["x-ratelimit-limit-requests"] = "500";
    headers["x-ratelimit-remaining-requests"] = "499";
    headers["x-ratelimit-limit-tokens"] = "30000";
    headers["x-ratelimit-remaining-tokens"] = "0";
    headers["x-ratelimit-reset-tokens"] = `${wait}ms`;
  }
  // What waiting does not mend is not tried again.
  if (fault === "no_credit") headers["x-should-retry"] = "false";
  return { status: what.status, headers, body: shaped(what, context.flavour) };
}

/** The id of the response under way on a realtime connection, by the connection's request id. */
export const responsesUnderWay = new Map<string, string>();

export function streamError(fault: ErrorFault, context: RefusalContext, over: "http" | "ws"): StreamRefusal {
  const { error } = known(fault, context);
  if (over === "http") {
    const frame = (text: string) => `data: ${text}\n\n`;
    // Speech and transcriptions as plain bodies have no place for an error: they just end.
    return context.part === "llm" ? { message: { json: shaped(known(fault, context), context.flavour), frame } } : {};
  }
  const event_id = `event_${context.requestId.slice(0, 8)}`;
  const response = responsesUnderWay.get(context.requestId);
  if (response !== undefined && ["no_credit", "rate_limit", "server_error", "overload"].includes(fault)) {
    const failed = { type: "failed", error: { type: error.type, code: error.code, message: error.message } };
    return {
      message: {
        json: { type: "response.done", event_id, response: { object: "realtime.response", id: response, status: "failed", status_details: failed, output: [], usage: null } },
      },
    };
  }
  const message = { json: { type: "error", event_id, error: { ...error, event_id: context.eventId ?? null } } };
  if (fault === "bad_key") return { message, close: { code: 3000, reason: "invalid_request_error.invalid_api_key" } };
  if (fault === "server_error" || fault === "overload") return { message, close: { code: 1011, reason: "server error" } };
  return { message };
}
