// How loud one side is, drawn as often as the screen is, without React.
import { Box, Group, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { meterOf } from "@/voice";
import classes from "./voice_call.module.css";

interface LevelMeterProps {
  who: string;
  // 0 to 1; read anew for each picture.
  level: () => number;
  active: boolean;
}

export function LevelMeter({ who, level, active }: LevelMeterProps) {
  const { t } = useTranslation("conversation");
  const bar = useRef<HTMLDivElement>(null);
  const read = useRef(level);
  useEffect(() => {
    read.current = level;
  });
  useEffect(() => {
    if (!active) return undefined;
    let shown = 0;
    let frame = 0;
    const draw = () => {
      // It rises at once and falls slowly, as an ear has it.
      shown = Math.max(meterOf(read.current()), shown * 0.9);
      if (bar.current) bar.current.style.transform = `scaleX(${shown.toFixed(3)})`;
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => {
      cancelAnimationFrame(frame);
      if (bar.current) bar.current.style.transform = "scaleX(0)";
    };
  }, [active]);
  return (
    <Group gap="xs" wrap="nowrap" w="100%">
      <Text size="sm" w={52} style={{ flexShrink: 0 }}>
        {who}
      </Text>
      <Box className={classes.meter} role="img" aria-label={t("call.level", { who })}>
        <div ref={bar} className={classes.bar} />
      </Box>
    </Group>
  );
}
