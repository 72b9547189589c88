import { Group, Paper, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { showNumber } from "@/api/format";
import { AnchorLink } from "@/components";
import { CallActions } from "@/components/calls/call_actions";
import { DirectionIcon } from "@/components/calls/direction_icon";
import { partyOf } from "@/components/calls/model";
import { Ticking } from "@/components/calls/ticking";
import { slotsText, type LiveCall } from "./live_list";

export function LiveCards({ calls }: { calls: readonly LiveCall[] }) {
  const { t } = useTranslation("live");
  return (
    <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: "none" }} aria-label={t("title")}>
      {calls.map((call) => (
        <Paper key={call.id} withBorder p="sm" component="li">
          <Group justify="space-between" wrap="nowrap">
            <Group gap={6} wrap="nowrap">
              <DirectionIcon direction={call.direction} />
              <AnchorLink to="/calls/$callId" params={{ callId: call.id }} fw={600} className="numeric">
                {showNumber(partyOf(call)) || t("unknown")}
              </AnchorLink>
            </Group>
            <Text size="sm">
              <Ticking since={call.startedAt} />
            </Text>
          </Group>
          <Text size="sm" c="dimmed" truncate>
            {[call.agent, call.stage, slotsText(call), t("turns", { count: call.turns })].filter(Boolean).join(" · ")}
          </Text>
          <Text size="sm" lineClamp={2} mih={42} my={4}>
            {call.lastLine}
          </Text>
          <Group justify="flex-end">
            <CallActions callId={call.id} status="in_progress" size="xs" />
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}
