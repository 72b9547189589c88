// What the page and the audio thread tell each other.
export interface WorkletOptions {
  // Of what goes over the line, in both directions.
  lineRate: number;
}

export interface FromCapture {
  pcm: ArrayBuffer;
  level: number;
}

export type ToPlayback =
  | { kind: "pcm"; pcm: ArrayBuffer }
  | { kind: "mark"; name: string }
  | { kind: "clear" }
  | { kind: "latency"; seconds: number };

export type FromPlayback =
  | { kind: "marks"; marks: string[] }
  | { kind: "level"; level: number; underruns: number };
