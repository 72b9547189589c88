// Which fault and which latency holds for a request: rules per vendor, key and part, and a plan for all the rest.
import { type ErrorFault, type Fault, kErrorFaults, kWireFaults, type Part, type Phase, type Rule } from "./types.js";

export interface Latency {
  connect_ms: number;
  latency_ms: number;
  piece_ms: number;
}

export const kPhases = ["connect", "first", "middle", "end"] as const;
const kParts = ["stt", "llm", "tts", "sts", "other", "*"];

/** Published figures, one for each vendor and part (what they measure is said in the reference of the project). */
const kPublished: Record<string, Partial<Record<Part, Partial<Latency>>>> = {
  openai: {
    llm: { latency_ms: 758, piece_ms: 15 },
    stt: { latency_ms: 637 },
    tts: { latency_ms: 500, piece_ms: 10 },
    sts: { latency_ms: 600, piece_ms: 10 },
  },
  gemini: { llm: { latency_ms: 492, piece_ms: 15 } },
  brain: { llm: { latency_ms: 300, piece_ms: 15 } },
  deepgram: { stt: { connect_ms: 200, latency_ms: 247 }, tts: { latency_ms: 313, piece_ms: 10 } },
  elevenlabs: { tts: { latency_ms: 288, piece_ms: 10 } },
  sarvam: { stt: { latency_ms: 500 }, tts: { latency_ms: 250, piece_ms: 10 }, llm: { latency_ms: 500, piece_ms: 15 } },
};

export const kPlans: Record<string, typeof kPublished> = { none: {}, published: kPublished };

export function isErrorFault(fault: Fault): fault is ErrorFault {
  return (kErrorFaults as readonly string[]).includes(fault);
}

const kAtConnect: Fault[] = [...kErrorFaults, "timeout", "half_open", "break", "garbage", "close_early"];

/** The phase in which a rule's fault happens. */
export function phaseOf(rule: Rule): Phase {
  const fault = rule.fault!;
  if (rule.phase !== undefined) {
    // The rest needs an answer to spoil.
    return rule.phase === "connect" && !kAtConnect.includes(fault) ? "first" : rule.phase;
  }
  if (isErrorFault(fault) || fault === "timeout") return "connect";
  if (fault === "wav_header" || fault === "never_first_piece" || fault === "odd_byte" || fault === "split_utf8") return "first";
  return "middle";
}

export class Rules {
  private rules: Rule[] = [];
  constructor(private readonly plan: string = "none") {}

  /** Says what is wrong with a rule, undefined when nothing is. */
  static problem(rule: unknown): string | undefined {
    if (typeof rule !== "object" || rule === null) return "a rule is an object";
    const { vendor, key, part, fault, phase, times } = rule as Record<string, unknown>;
    if (typeof vendor !== "string" || typeof key !== "string") return "vendor and key are strings";
    if (typeof part !== "string" || !kParts.includes(part)) return `part is one of ${kParts.join(", ")}`;
    const faults: readonly string[] = [...kErrorFaults, ...kWireFaults];
    if (fault !== undefined && !faults.includes(String(fault))) return `fault is one of ${faults.join(", ")}`;
    if (phase !== undefined && !(kPhases as readonly string[]).includes(String(phase))) return `phase is one of ${kPhases.join(", ")}`;
    if (times !== undefined && (typeof times !== "number" || times < 1)) return "times is a number from 1";
    return undefined;
  }

  add(rule: Rule): void {
    this.rules.push({ ...rule });
  }

  /** Without a key: all. */
  clear(key?: string): void {
    this.rules = key === undefined ? [] : this.rules.filter((rule) => rule.key !== key);
  }

  list(key?: string): Rule[] {
    return this.rules.filter((rule) => key === undefined || rule.key === key);
  }

  /** The fault for a handshake or request ("connect"), or for an answer; it counts as having happened. */
  take(moment: "connect" | "answer", vendor: string, key: string, part: Part): Rule | undefined {
    const rule = this.rules.find(
      (one) =>
        one.fault !== undefined &&
        one.times !== 0 &&
        this.concerns(one, vendor, key, part) &&
        (phaseOf(one) === "connect") === (moment === "connect"),
    );
    if (rule?.times !== undefined) rule.times--;
    return rule;
  }

  latency(vendor: string, key: string, part: Part): Latency {
    const found: Latency = { connect_ms: 0, latency_ms: 0, piece_ms: 0, ...kPlans[this.plan]?.[vendor]?.[part] };
    for (const rule of this.rules) {
      if (!this.concerns(rule, vendor, key, part)) continue;
      for (const name of ["connect_ms", "latency_ms", "piece_ms"] as const) found[name] = rule[name] ?? found[name];
    }
    return found;
  }

  flavour(vendor: string, key: string): string {
    return this.rules.find((rule) => rule.flavour !== undefined && this.concerns(rule, vendor, key, undefined))?.flavour ?? "";
  }

  private concerns(rule: Rule, vendor: string, key: string, part: Part | undefined): boolean {
    return (
      (rule.vendor === "*" || rule.vendor === vendor) &&
      (rule.key === "*" || rule.key === key) &&
      (part === undefined || rule.part === "*" || rule.part === part)
    );
  }
}
