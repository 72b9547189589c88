import { Group, Stack, Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { showLatency } from "@/api/format";
import { barsOf, responseOf, scaleOf, stages, type Bar, type Stage, type Turn } from "./waterfall";
import classes from "./timing_bars.module.css";

export function TimingBars({ turns }: { turns: readonly Turn[] }) {
  const { t } = useTranslation("call");
  const scale = scaleOf(turns);
  const steps = scale.endMs / scale.stepMs;
  return (
    <Stack gap={0} style={{ "--steps": steps }}>
      <Group gap="md" mb="xs" component="ul" p={0} m={0} style={{ listStyle: "none" }} aria-label={t("timing.legend")}>
        {stages.map((stage) => (
          <Group key={stage} gap={6} component="li" wrap="nowrap">
            <span className={`${classes.swatch} ${classes[stage]}`} aria-hidden />
            <Text size="sm">{t(`stage.${stage}`)}</Text>
          </Group>
        ))}
      </Group>
      <div className={`${classes.turn} ${classes.axis}`} aria-hidden>
        <span />
        <Group justify="space-between" wrap="nowrap" gap={0}>
          {[0, scale.endMs / 2, scale.endMs].map((ms) => (
            <Text key={ms} size="xs" c="dimmed" className="numeric">
              {showLatency(ms)}
            </Text>
          ))}
        </Group>
        <span />
      </div>
      {turns.map((turn) => (
        <TurnBars key={turn.number} turn={turn} endMs={scale.endMs} />
      ))}
    </Stack>
  );
}

function TurnBars({ turn, endMs }: { turn: Turn; endMs: number }) {
  const { t } = useTranslation("call");
  const bars = barsOf(turn.latencyMs);
  const name = turn.inputKind === "greeting" ? t("timing.greeting") : t("timing.turn", { number: turn.number });
  const told = bars.map((bar) => barText(bar, (stage) => t(`stage.${stage}`))).join(", ");
  return (
    <div className={classes.turn}>
      <div className={classes.label}>
        <Text size="sm" fw={500}>
          {name}
        </Text>
        <Text size="xs" c="dimmed" truncate title={turn.callerText}>
          {turn.callerText || t(`input.${turn.inputKind}`, { defaultValue: turn.inputKind })}
        </Text>
      </div>
      <div className={classes.track} role="img" aria-label={`${name}: ${told}`}>
        {bars.map((bar) => (
          <Tooltip key={bar.stage} label={barText(bar, (stage) => t(`stage.${stage}`))}>
            <div
              className={`${classes.bar} ${classes[bar.stage]}`}
              style={{ left: `${(bar.fromMs / endMs) * 100}%`, width: `${((bar.toMs - bar.fromMs) / endMs) * 100}%` }}
            />
          </Tooltip>
        ))}
      </div>
      <Text size="sm" fw={600} ta="right" className="numeric">
        {showLatency(responseOf(turn.latencyMs))}
      </Text>
    </div>
  );
}

// "Model's first token +380 ms"
function barText(bar: Bar, name: (stage: Stage) => string): string {
  return `${name(bar.stage)} +${showLatency(bar.toMs - bar.fromMs)}`;
}
