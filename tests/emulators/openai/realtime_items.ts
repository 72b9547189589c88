// The conversation of a realtime session: what its items are, and what the model reads in them.
import type { ChatMessage, Core } from "../core/types.js";

export interface Content {
  type: string;
  text?: string;
  transcript?: string | null;
}

export interface Item {
  id: string;
  object: "realtime.item";
  type: "message" | "function_call" | "function_call_output";
  status: "in_progress" | "completed" | "incomplete";
  role?: "user" | "assistant" | "system";
  content?: Content[];
  call_id?: string;
  name?: string;
  arguments?: string;
  output?: string;
}

/** What the wire does not show of an item. */
export interface Hidden {
  heard?: string; // of a user's sound, whether or not it is transcribed for the client
  audio_ms?: number; // of the agent's sound
}

export interface Session {
  type: "realtime" | "transcription";
  model?: string;
  instructions: string;
  output_modalities: string[];
  audio: {
    input: {
      format: { type: string; rate?: number };
      transcription: { model?: string; language?: string; prompt?: string } | null;
      noise_reduction: unknown;
      turn_detection: {
        type: string;
        silence_duration_ms?: number;
        prefix_padding_ms?: number;
        create_response?: boolean;
        interrupt_response?: boolean;
      } | null;
    };
    output: { format: { type: string; rate?: number }; voice: string; speed: number };
  };
  tools: { type: string; name: string; description?: string; parameters?: unknown }[];
  tool_choice: string | { name?: string };
  max_output_tokens: number | "inf";
}

export function newSession(core: Core, type: Session["type"], model: string): Session & { id: string; object: string } {
  return {
    id: core.id("sess_"),
    object: type === "realtime" ? "realtime.session" : "realtime.transcription_session",
    type,
    ...(model === "" ? {} : { model }),
    instructions: "",
    output_modalities: ["audio"],
    audio: {
      input: {
        format: { type: "audio/pcm", rate: 24_000 },
        transcription: null,
        noise_reduction: null,
        turn_detection: { type: "server_vad", silence_duration_ms: 500, prefix_padding_ms: 300, create_response: true, interrupt_response: true },
      },
      output: { format: { type: "audio/pcm", rate: 24_000 }, voice: "marin", speed: 1 },
    },
    tools: [],
    tool_choice: "auto",
    max_output_tokens: "inf",
  };
}

/** Objects merge, everything else replaces. */
export function merge(into: Record<string, unknown>, from: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(from)) {
    const old = into[name];
    const bothObjects = [old, value].every((one) => typeof one === "object" && one !== null && !Array.isArray(one));
    if (bothObjects) merge(old as Record<string, unknown>, value as Record<string, unknown>);
    else into[name] = value;
  }
}

export function chatMessages(items: Iterable<Item>, hidden: Map<string, Hidden>): ChatMessage[] {
  const names = new Map<string, string>();
  const messages: ChatMessage[] = [];
  for (const item of items) {
    if (item.type === "function_call") {
      names.set(item.call_id ?? "", item.name ?? "");
      messages.push({ role: "assistant", text: "", tool: item.name ?? "" });
    } else if (item.type === "function_call_output") {
      messages.push({ role: "tool", text: item.output ?? "", tool: names.get(item.call_id ?? "") ?? "" });
    } else {
      const written = (item.content ?? []).map((part) => part.text ?? part.transcript ?? "").join("");
      messages.push({ role: item.role ?? "user", text: hidden.get(item.id)?.heard ?? written });
    }
  }
  return messages;
}
