// The recording with its waves and what steers it. Keys work wherever they mean nothing else: space, arrows.
import { Alert, Anchor, Box, Button, Group, Paper, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconDownload, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { showDuration } from "@/api/format";
import { loadPart } from "@/api/load_part";
import type { PeaksState } from "./use_peaks";
import { playerKey } from "./player_keys";
import type { Player } from "./use_player";

const Waveform = lazy(() => loadPart(() => import("./waveform")));
const rates = ["0.75", "1", "1.25", "1.5", "2"];

interface PlayerPanelProps {
  player: Player;
  peaks: PeaksState;
  // Of a recording so long that its waves are drawn only when somebody wants them.
  onDraw?: () => void;
  address: string;
  fileName: string;
}

export function PlayerPanel({ player, peaks, onDraw, address, fileName }: PlayerPanelProps) {
  const { t } = useTranslation("call");
  const [seen, setSeen] = useState(false);
  useEffect(() => setSeen(true), []);
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => playerKey(event, player);
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [player]);

  const onSlider = (event: KeyboardEvent) => {
    const to = { Home: 0, End: player.durationMs }[event.key];
    const by = { PageUp: -30_000, PageDown: 30_000 }[event.key];
    if (to !== undefined) player.seek(to);
    else if (by !== undefined) player.jump(by);
    else return;
    event.preventDefault();
  };
  const sides = peaks.so?.channels.length ?? 2;
  return (
    <Paper withBorder p="sm">
      <Stack gap="xs">
        <Group gap="md">
          <Button
            onClick={player.toggle}
            leftSection={player.playing ? <IconPlayerPause size={16} aria-hidden /> : <IconPlayerPlay size={16} aria-hidden />}
            miw={110}
          >
            {player.playing ? t("player.pause") : t("player.play")}
          </Button>
          <Text className="numeric" size="sm" role="timer" aria-label={t("player.time")}>
            {showDuration(player.timeMs)} / {showDuration(player.durationMs)}
          </Text>
          <SegmentedControl
            size="xs"
            aria-label={t("player.speed")}
            data={rates.map((rate) => ({ value: rate, label: `${rate}×` }))}
            value={String(player.rate)}
            onChange={(rate) => player.setRate(Number(rate))}
          />
          <Anchor href={address} download={fileName} size="sm" ml="auto">
            <Group gap={4} wrap="nowrap">
              <IconDownload size={16} aria-hidden />
              {t("player.download")}
            </Group>
          </Anchor>
        </Group>
        {player.failed ? <Alert variant="default" icon={<IconAlertTriangle />} title={t("player.failed")} role="status" /> : null}
        {onDraw ? (
          <Group gap="sm">
            <Button size="compact-sm" variant="default" onClick={onDraw}>
              {t("player.draw")}
            </Button>
            <Text size="sm" c="dimmed">
              {t("player.drawHint")}
            </Text>
          </Group>
        ) : null}
        <Box
          role="slider"
          tabIndex={0}
          aria-label={t("player.position")}
          aria-valuemin={0}
          aria-valuemax={Math.round(player.durationMs / 1000)}
          aria-valuenow={Math.round(player.timeMs / 1000)}
          aria-valuetext={`${showDuration(player.timeMs)} / ${showDuration(player.durationMs)}`}
          onKeyDown={onSlider}
          style={{ display: "flex", alignItems: "stretch", gap: 8 }}
        >
          <div aria-hidden>
            {(sides === 2 ? (["caller", "agent"] as const) : (["both"] as const)).map((side) => (
              <Text key={side} size="xs" fw={600} h={56} style={{ display: "flex", alignItems: "center" }}>
                {t(`side.${side}`)}
              </Text>
            ))}
          </div>
          <div style={{ flex: 1, minWidth: 0 }}>
            {seen ? (
              <Suspense fallback={<Skeleton h={112} />}>
                <Waveform audio={player.audio} address={address} peaks={peaks.so} durationMs={player.durationMs} />
              </Suspense>
            ) : null}
          </div>
        </Box>
        <Group justify="space-between" gap="xs">
          <Text size="xs" c="dimmed" visibleFrom="sm">
            {t("player.keys")}
          </Text>
          <Text size="xs" c="dimmed" role="status">
            {peaks.failed
              ? t("player.noWaves")
              : peaks.so && peaks.so.share < 1
                ? t("player.reading", { percent: Math.round(peaks.so.share * 100) })
                : ""}
          </Text>
        </Group>
      </Stack>
    </Paper>
  );
}
