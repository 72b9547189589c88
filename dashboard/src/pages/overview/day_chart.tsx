// Calls as bars and minutes as a line over the days. Drawn on a canvas: the table beside it is for those who cannot see it.
import "uplot/dist/uPlot.min.css";
import { Box, getThemeColor, useComputedColorScheme, useMantineTheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import type { Day } from "./days";

const height = 200;
const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });

// Colours of the page as a canvas takes them.
function resolved(element: HTMLElement, color: string): string {
  const name = /^var\((--[\w-]+)\)$/.exec(color)?.[1];
  return name ? getComputedStyle(element).getPropertyValue(name).trim() : color;
}

export default function DayChart({ days }: { days: Day[] }) {
  const { t } = useTranslation("overview");
  const theme = useMantineTheme();
  const scheme = useComputedColorScheme("light");
  const { ref: frame, width } = useElementSize();
  const host = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = host.current;
    if (!element || width === 0) return undefined;
    const color = (name: string) => resolved(element, getThemeColor(name, theme));
    const text = resolved(element, "var(--mantine-color-text)");
    const lines = resolved(element, "var(--mantine-color-default-border)");
    const axis = { stroke: text, grid: { stroke: lines, width: 1 }, ticks: { show: false } };
    const plot = new uPlot(
      {
        width,
        height,
        cursor: { y: false, points: { size: 7 } },
        scales: {
          x: { time: false, range: [-0.6, days.length - 0.4] },
          y: { range: (_, __, most) => [0, Math.max(4, most * 1.1)] },
          minutes: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] },
        },
        axes: [
          { ...axis, grid: { show: false }, values: (_, at) => at.map((index) => (Number.isInteger(index) && days[index] ? short.format(new Date(days[index].day)) : "")), space: 70 },
          { ...axis, values: (_, at) => at.map((count) => (Number.isInteger(count) ? String(count) : "")), size: 36 },
          { ...axis, scale: "minutes", side: 1, grid: { show: false }, size: 40 },
        ],
        series: [
          { label: t("days.day"), value: (_, index) => (days[index] ? short.format(new Date(days[index].day)) : "–") },
          {
            label: t("days.calls"),
            stroke: color("teal.8"),
            fill: color("teal.8"),
            paths: uPlot.paths.bars!({ size: [0.6, 40], radius: 0.1 }),
            points: { show: false },
          },
          {
            label: t("days.minutes"),
            scale: "minutes",
            stroke: color("orange.6"),
            width: 2,
            value: (_, minutes) => (minutes === null ? "–" : minutes.toFixed(1)),
          },
        ],
      },
      [days.map((_, index) => index), days.map((day) => day.calls), days.map((day) => day.minutes)],
      element,
    );
    return () => plot.destroy();
  }, [days, width, scheme, theme, t]);

  return (
    <Box ref={frame} mih={height + 30} aria-hidden>
      <div ref={host} />
    </Box>
  );
}
