// An agent to begin with that needs no sample: what is in it, the form shows first.
export const scratch = (name: string, led: "model" | "script", language: string) =>
  led === "model"
    ? `name: ${name}
language: ${language}
first_message: Hello, how can I help you?
prompt: >-
  You answer the phone of a small company. Be friendly and brief: one or two sentences at a time. When the caller
  says goodbye, say goodbye and end the call.

stt:
  provider: deepgram
llm:
  provider: openai
tts:
  provider: openai
`
    : `name: ${name}
language: ${language}
first_message: Hello, how can I help you?

# These need no key: the recogniser and the voice in the program, and a script instead of a model.
stt: {provider: local}
llm: {provider: script}
tts: {provider: local}

script:
  first_stage: start
  fallback: Sorry, please say that again.
  stages:
    start:
      rules:
        - patterns: ["(goodbye|bye)"]
          reply: Thank you for calling. Goodbye.
          end_call: true
`;

// "Front desk!" -> "front-desk"
export function agentName(typed: string): string {
  return typed
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[-_]+/, "")
    .slice(0, 64);
}
