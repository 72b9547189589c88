// Every vendor that the emulator speaks for: one line each.
import { brain } from "./brain.js";
import type { VendorModule } from "./core/types.js";
import { deepgram } from "./deepgram.js";
import { elevenlabs } from "./elevenlabs.js";
import { gemini } from "./gemini.js";
import { openai } from "./openai.js";
import { sarvam } from "./sarvam.js";

export const kVendors: VendorModule[] = [openai, gemini, brain, deepgram, elevenlabs, sarvam];
