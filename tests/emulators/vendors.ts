// Every vendor that the emulator speaks for: one line each.
import type { VendorModule } from "./core/types.js";
import { deepgram } from "./deepgram.js";
import { elevenlabs } from "./elevenlabs.js";
import { sarvam } from "./sarvam.js";

export const kVendors: VendorModule[] = [deepgram, elevenlabs, sarvam];
