// A recording that is listened to: the sound itself is the browser's, by ranges of the file.
import { useCallback, useEffect, useMemo, useState } from "react";

export interface Player {
  audio: HTMLAudioElement;
  playing: boolean;
  timeMs: number;
  durationMs: number;
  rate: number;
  failed: boolean;
  toggle: () => void;
  seek: (ms: number) => void;
  // From where it is now: `timeMs` is told a moment later, and keys come faster.
  jump: (byMs: number) => void;
  // From there, and on.
  play: (fromMs: number) => void;
  setRate: (rate: number) => void;
}

export function usePlayer(address: string, knownMs: number): Player {
  // Another recording is another element.
  const audio = useMemo(() => new Audio(), [address]);
  const [playing, setPlaying] = useState(false);
  const [timeMs, setTime] = useState(0);
  const [durationMs, setDuration] = useState(knownMs);
  const [rate, setRateState] = useState(1);
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    const on: Array<[string, () => void]> = [
      ["play", () => setPlaying(true)],
      ["pause", () => setPlaying(false)],
      ["ended", () => setPlaying(false)],
      ["timeupdate", () => setTime(audio.currentTime * 1000)],
      ["seeking", () => setTime(audio.currentTime * 1000)],
      ["durationchange", () => Number.isFinite(audio.duration) && setDuration(audio.duration * 1000)],
      ["error", () => setFailed(true)],
      ["loadedmetadata", () => setFailed(false)],
    ];
    for (const [name, listener] of on) audio.addEventListener(name, listener);
    audio.preload = "metadata";
    audio.src = address;
    return () => {
      for (const [name, listener] of on) audio.removeEventListener(name, listener);
      audio.pause();
      // The browser lets go of the connection.
      audio.removeAttribute("src");
      audio.load();
    };
  }, [audio, address]);

  const start = useCallback(() => void audio.play().catch(() => undefined), [audio]);
  const seek = useCallback(
    (ms: number) => {
      const end = Number.isFinite(audio.duration) ? audio.duration : knownMs / 1000;
      audio.currentTime = Math.min(Math.max(0, ms / 1000), end);
    },
    [audio, knownMs],
  );
  return {
    audio, playing, timeMs, durationMs, rate, failed,
    toggle: useCallback(() => (audio.paused ? start() : audio.pause()), [audio, start]),
    seek,
    jump: useCallback((byMs: number) => seek(audio.currentTime * 1000 + byMs), [audio, seek]),
    play: useCallback((fromMs: number) => (seek(fromMs), start()), [seek, start]),
    setRate: useCallback((to: number) => {
      audio.playbackRate = to;
      setRateState(to);
    }, [audio]),
  };
}
