// ElevenLabs' refusals, in the form of today ({detail:{type, code, message, status, …}}) and, for keys with the flavour
// "old", in the older one ({detail:{status, message}}). A request that does not fit the schema gets a list.
import type { ErrorFault, HttpRefusal, RefusalContext, RefusalDetail, StreamRefusal } from "../core/types.js";

/** What a request has wrong in itself. */
export interface Wrong extends RefusalDetail {
  fault: ErrorFault;
}

export function isWrong(value: object): value is Wrong {
  return "fault" in value;
}

interface Words {
  status: number;
  type: string;
  code: string;
  oldCode?: string; // where the older form had another name
  message: string;
  headers?: Record<string, string>;
}

// By kind of fault.
function words(fault: ErrorFault, context: RefusalContext): Words {
  switch (fault) {
    case "bad_key":
      return { status: 401, type: "authentication_error", code: "invalid_api_key", message: "Invalid API key" };
    case "no_credit":
      return {
        status: 401,
        type: "payment_required",
        code: "quota_exceeded",
        message: "This request exceeds your quota. You have 0 credits remaining, while 12 credits are required for this request.",
      };
    case "rate_limit":
      return {
        status: 429,
        type: "rate_limit_error",
        code: "concurrent_limit_exceeded",
        oldCode: "too_many_concurrent_requests",
        message: "Too many concurrent requests. Your current subscription is associated with a maximum of 3 concurrent requests.",
        headers: {
          "current-concurrent-requests": "3",
          "maximum-concurrent-requests": "3",
          "retry-after": String(Math.ceil((context.retryAfterMs ?? 300) / 1000)),
        },
      };
    case "unknown_model":
      return {
        status: 400,
        type: "validation_error",
        code: "model_not_found",
        message: `A model with model ID ${context.model ?? "eleven_unknown"} does not exist.`,
      };
    case "region":
      return {
        status: 403,
        type: "authorization_error",
        code: "only_for_creator+",
        message: "This is not available for your subscription or region. Please upgrade.",
      };
    case "bad_request":
      return { status: 400, type: "validation_error", code: "invalid_parameters", message: "The request could not be processed." };
    case "overload":
      return {
        status: 429,
        type: "rate_limit_error",
        code: "rate_limit_exceeded",
        oldCode: "system_busy",
        message: "The system is experiencing heavy traffic, please try again.",
      };
    case "server_error":
      return { status: 500, type: "internal_error", code: "internal_server_error", message: "An internal error occurred." };
  }
}

const kStatus: Record<string, number> = { voice_not_found: 404, not_found: 404, unsupported_model: 403 };

export const notFound: Wrong = { fault: "bad_request", code: "not_found", message: "Not Found" };
export const voiceNotFound = (voice: string): Wrong => ({
  fault: "bad_request",
  code: "voice_not_found",
  message: `A voice with the voice_id ${voice} was not found.`,
});
export const tooLong = (limit: number): Wrong => ({
  fault: "bad_request",
  code: "max_character_limit_exceeded",
  message: `Maximum allowed characters in a single request for this model is ${limit}.`,
});
export const noSocket = (model: string): Wrong => ({
  fault: "bad_request",
  code: "unsupported_model",
  message: `The model ${model} is not available over a WebSocket.`,
});
/** 422: `param` is the place, dots between its steps. */
export const invalid = (param: string, message: string): Wrong => ({ fault: "bad_request", code: "422", param, message });

export function httpError(fault: ErrorFault, context: RefusalContext): HttpRefusal {
  if (context.code === "422") {
    const place = (context.param ?? "body").split(".");
    return { status: 422, headers: {}, body: { detail: [{ loc: place, msg: context.message ?? "", type: "value_error" }] } };
  }
  if (context.code === "not_found") return { status: 404, headers: {}, body: { detail: "Not Found" } };
  const { status, type, code, oldCode, message, headers } = words(fault, context);
  const now = context.code ?? code;
  const before = context.code ?? oldCode ?? code;
  const text = context.message ?? message;
  const detail =
    context.flavour === "old"
      ? { status: before, message: text }
      : { type, code: now, message: text, status: before, request_id: context.requestId, param: context.param ?? null };
  return { status: kStatus[now] ?? status, headers: headers ?? {}, body: { detail } };
}

export function streamError(fault: ErrorFault, context: RefusalContext, over: "http" | "ws"): StreamRefusal {
  // Sound is raw bytes: the connection just ends.
  if (over === "http") return {};
  const { code, oldCode, message } = words(fault, context);
  const ours = fault === "server_error" || fault === "overload";
  const error = context.code ?? oldCode ?? code;
  const text = context.message ?? message;
  const number = ours ? 1011 : 1008;
  const about = context.param === undefined ? {} : { contextId: context.param };
  return { message: { json: { message: text, error, code: number, ...about } }, close: { code: number, reason: text } };
}
