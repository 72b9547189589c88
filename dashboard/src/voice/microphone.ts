// The microphone, and why there is none.
import type { RefusalReason } from "./call_state";

export class AudioUnavailable extends Error {
  readonly name = "AudioUnavailable";

  constructor(
    readonly why: RefusalReason,
    detail = "",
  ) {
    super(detail);
  }
}

// Echo of the agent in the microphone would interrupt it all the time.
const wanted: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: { ideal: 1 },
};

export function reasonOf(error: unknown): RefusalReason {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "absent";
  return "busy";
}

export async function openMicrophone(): Promise<MediaStream> {
  if (!window.isSecureContext) throw new AudioUnavailable("insecure");
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices || typeof AudioWorkletNode === "undefined") throw new AudioUnavailable("unsupported");
  try {
    return await devices.getUserMedia({ audio: wanted });
  } catch (error) {
    throw new AudioUnavailable(reasonOf(error), error instanceof Error ? error.message : "");
  }
}
