// Every vendor that the emulator speaks for: one line each.
import type { VendorModule } from "./core/types.js";

export const kVendors: VendorModule[] = [];
