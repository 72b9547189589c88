// ElevenLabs: voices over HTTP and two kinds of WebSocket, and what a check of the key asks for.
import type { Vendor, VendorModule } from "./core/types.js";
import { httpError, notFound, streamError } from "./elevenlabs/errors.js";
import { multiStreamInput } from "./elevenlabs/multi_stream_input.js";
import { kModels } from "./elevenlabs/options.js";
import { textToSpeech } from "./elevenlabs/rest.js";
import { streamInput } from "./elevenlabs/stream_input.js";

const kPath = /^\/v1\/text-to-speech\/([^/]*)(?:\/(stream|with-timestamps|stream\/with-timestamps|stream-input|multi-stream-input))?$/;

function model(id: string): unknown {
  const languages = [
    { language_id: "en", name: "English" },
    { language_id: "hi", name: "Hindi" },
  ];
  return {
    model_id: id,
    name: id.replaceAll("_", " "),
    can_be_finetuned: false,
    can_do_text_to_speech: true,
    can_do_voice_conversion: false,
    can_use_style: false,
    can_use_speaker_boost: true,
    serves_pro_voices: false,
    token_cost_factor: 1,
    description: "",
    requires_alpha_access: false,
    max_characters_request_free_user: 2500,
    max_characters_request_subscribed_user: 5000,
    maximum_text_length_per_request: kModels[id],
    languages: id === "eleven_flash_v2" || id === "eleven_turbo_v2" ? languages.slice(0, 1) : languages,
    model_rates: { character_cost_multiplier: /flash|turbo/.test(id) ? 0.5 : 1 },
    concurrency_group: /flash|turbo/.test(id) ? "turbo" : "standard",
  };
}

const kSubscription = {
  tier: "creator",
  character_count: 1200,
  character_limit: 121_000,
  max_character_limit_extension: null,
  max_credit_limit_extension: 0,
  can_extend_character_limit: false,
  allowed_to_extend_character_limit: false,
  next_character_count_reset_unix: 1_900_000_000,
  voice_slots_used: 1,
  professional_voice_slots_used: 0,
  professional_voice_slots_used_in_workspace: 0,
  voice_limit: 30,
  max_voice_add_edits: 100,
  voice_add_edit_counter: 0,
  professional_voice_limit: 1,
  can_extend_voice_limit: false,
  can_use_instant_voice_cloning: true,
  can_use_professional_voice_cloning: true,
  currency: "usd",
  current_overage: { amount: "0", currency: "usd" },
  status: "active",
  billing_period: "monthly_period",
  character_refresh_period: "monthly_period",
};

const kUser = {
  user_id: "emulated",
  workspace_id: "emulated",
  subscription: kSubscription,
  is_new_user: false,
  can_use_delayed_payment_methods: false,
  is_onboarding_completed: true,
  is_onboarding_checklist_completed: true,
  created_at: 1_700_000_000,
  seat_type: "workspace_member",
};

export const elevenlabs: VendorModule = (core): Vendor => ({
  name: "elevenlabs",
  keyOf(headers, query) {
    return String(headers["xi-api-key"] ?? query.get("authorization") ?? "");
  },
  partOf(_method, path) {
    return path.startsWith("/v1/text-to-speech/") ? "tts" : "other";
  },
  headers: (requestId) => ({ "request-id": requestId }),
  httpError,
  streamError,
  async http(exchange) {
    if (exchange.key === "") return exchange.refuse("bad_key");
    if (exchange.method === "GET") {
      if (exchange.path === "/v1/models") return exchange.reply(200, Object.keys(kModels).map(model));
      if (exchange.path === "/v1/user") return exchange.reply(200, kUser);
      if (exchange.path === "/v1/user/subscription") return exchange.reply(200, kSubscription);
    }
    const [, voice, how = ""] = kPath.exec(exchange.path) ?? [];
    if (exchange.method === "POST" && voice !== undefined && !how.endsWith("-input")) return textToSpeech(core, exchange, voice, how);
    return exchange.refuse(notFound.fault, notFound);
  },
  async ws(exchange) {
    if (exchange.key === "") return exchange.refuse("bad_key");
    const [, voice, how] = kPath.exec(exchange.path) ?? [];
    if (voice !== undefined && how === "stream-input") return streamInput(core, exchange, voice);
    if (voice !== undefined && how === "multi-stream-input") return multiStreamInput(core, exchange, voice);
    return exchange.refuse(notFound.fault, notFound);
  },
});
