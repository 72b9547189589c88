// Both sides of a recording as waves, one above the other. Its sound is played by the audio element it is given.
import { useComputedColorScheme, useMantineTheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import WaveSurfer from "wavesurfer.js";
import type { PeaksSoFar } from "./peaks";

const sideHeight = 56;
const silence = [new Float32Array(2), new Float32Array(2)];

interface WaveformProps {
  audio: HTMLAudioElement;
  address: string;
  peaks: PeaksSoFar | null;
  durationMs: number;
}

export default function Waveform({ audio, address, peaks, durationMs }: WaveformProps) {
  const box = useRef<HTMLDivElement>(null);
  const wave = useRef<WaveSurfer>(undefined);
  const theme = useMantineTheme();
  const dark = useComputedColorScheme("light") === "dark";
  const sides = peaks?.channels.length ?? 2;
  const latest = useRef(peaks);
  latest.current = peaks;

  useEffect(() => {
    const colours = (name: "orange" | "teal") => {
      const tuple = theme.colors[name]!;
      return { waveColor: dark ? tuple[7] : tuple[3], progressColor: dark ? tuple[4] : tuple[8] };
    };
    const surfer = WaveSurfer.create({
      container: box.current!,
      media: audio,
      // Without peaks it would fetch and decode all of the recording at once; it draws these a moment later.
      peaks: latest.current?.channels ?? silence,
      duration: latest.current?.durationS ?? 1,
      height: sideHeight,
      barWidth: 2,
      barGap: 1,
      barRadius: 1,
      cursorColor: dark ? theme.colors.gray[3] : theme.colors.dark[5],
      cursorWidth: 2,
      dragToSeek: true,
      normalize: false,
      splitChannels: sides === 2 ? [colours("orange"), colours("teal")] : [colours("teal")],
    });
    wave.current = surfer;
    return () => {
      wave.current = undefined;
      surfer.destroy();
    };
  }, [audio, dark, sides, theme]);

  // What has been read so far; the rest is a line.
  useEffect(() => {
    const url = new URL(address, location.href).href;
    void wave.current?.load(url, peaks?.channels ?? silence, peaks?.durationS ?? durationMs / 1000).catch(() => undefined);
  }, [audio, address, peaks, durationMs, dark, sides, theme]);

  return <div ref={box} />;
}
