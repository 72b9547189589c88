// The vendors that agents can use, and where one gets a key. What each is for stands in docs/vendors.md.
export type Use = "stt" | "llm" | "tts" | "sts" | "files";

export interface Vendor {
  id: string; // as the API and agent files name it
  name: string;
  uses: Use[];
  page?: string; // where its keys are made, or the program is found
  // A server of one's own: without a key, but perhaps with an address.
  own?: true;
  // It is nothing without an address.
  needsUrl?: true;
}

export const vendors: readonly Vendor[] = [
  { id: "deepgram", name: "Deepgram", uses: ["stt", "tts", "files"], page: "https://console.deepgram.com/" },
  { id: "sarvam", name: "Sarvam AI", uses: ["stt", "llm", "tts", "files"], page: "https://dashboard.sarvam.ai/" },
  { id: "openai", name: "OpenAI", uses: ["stt", "llm", "tts", "sts", "files"], page: "https://platform.openai.com/api-keys" },
  { id: "elevenlabs", name: "ElevenLabs", uses: ["tts"], page: "https://elevenlabs.io/app/settings/api-keys" },
  { id: "gemini", name: "Google Gemini", uses: ["llm"], page: "https://aistudio.google.com/apikey" },
  { id: "groq", name: "Groq", uses: ["llm"], page: "https://console.groq.com/keys" },
  { id: "openrouter", name: "OpenRouter", uses: ["llm"], page: "https://openrouter.ai/keys" },
  { id: "azure", name: "Azure OpenAI", uses: ["llm"], page: "https://portal.azure.com/", needsUrl: true },
  { id: "compatible", name: "OpenAI-compatible server", uses: ["llm"], own: true, needsUrl: true },
  { id: "ollama", name: "Ollama", uses: ["llm"], page: "https://ollama.com/", own: true },
  { id: "vllm", name: "vLLM", uses: ["llm"], page: "https://docs.vllm.ai/", own: true },
  { id: "llamacpp", name: "llama.cpp", uses: ["llm"], page: "https://github.com/ggml-org/llama.cpp", own: true },
  { id: "lmstudio", name: "LM Studio", uses: ["llm"], page: "https://lmstudio.ai/", own: true },
  { id: "brain", name: "Brain", uses: ["llm"], own: true, needsUrl: true },
];
