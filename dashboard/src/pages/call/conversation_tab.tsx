// What was said, in step with its recording.
import { Alert, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { showDateTime } from "@/api/format";
import { QueryStates } from "@/components";
import { Transcript, type TranscriptLine } from "@/components/conversation";
import type { Call } from "@/components/calls/model";
import { PlayerPanel } from "./player_panel";
import { transcriptQuery } from "./queries";
import { itemsOf, lineAt, writtenItems, type CallTranscript, type PlacedItem, type WrittenDown } from "./transcript_items";
import { usePeaks } from "./use_peaks";
import { usePlayer } from "./use_player";

export function ConversationTab({ call }: { call: Call }) {
  const transcript = useQuery(transcriptQuery(call.id, true));
  return <QueryStates query={transcript}>{(data) => <Conversation call={call} transcript={data} />}</QueryStates>;
}

function Conversation({ call, transcript }: { call: Call; transcript: CallTranscript }) {
  const { t } = useTranslation("call");
  const said = useMemo(() => itemsOf(transcript, call), [transcript, call]);
  const written = call.recordingTranscript as WrittenDown | null;
  const writtenLines = useMemo(() => (written?.segments.length ? writtenItems(written) : null), [written]);
  // A call that was answered by a recording was written down afterwards only.
  const [chosen, choose] = useState<"said" | "written">(said.length === 0 && writtenLines ? "written" : "said");
  const items = chosen === "written" && writtenLines ? writtenLines : said;
  return (
    <Stack gap="md">
      {writtenLines && said.length > 0 ? (
        <SegmentedControl
          aria-label={t("written.which")}
          data={[
            { value: "said", label: t("written.live") },
            { value: "written", label: t("written.after") },
          ]}
          value={chosen}
          onChange={(value) => choose(value as typeof chosen)}
          style={{ alignSelf: "start" }}
        />
      ) : null}
      {written && (chosen === "written" || written.error) ? <WrittenBy written={written} /> : null}
      {call.recording ? (
        <Heard key={call.id} call={call} durationMs={call.recording.durationMs} items={items} />
      ) : (
        <>
          <Text size="sm" c="dimmed">
            {call.hasCarrierRecording ? t("player.atCarrier") : t("player.none")}
          </Text>
          <Transcript lines={items.map(({ item }) => item)} empty={t("nothingSaid")} />
        </>
      )}
    </Stack>
  );
}

function WrittenBy({ written }: { written: WrittenDown }) {
  const { t } = useTranslation("call");
  if (written.error) return <Alert variant="default" icon={<IconAlertTriangle />} title={t("written.failed")} children={written.error} />;
  return (
    <Text size="sm" c="dimmed">
      {t("written.by", { who: [written.vendor, written.model].filter(Boolean).join(" "), when: showDateTime(written.madeAt) })}
    </Text>
  );
}

// Longer ones are some ten megabytes to read: the waves are drawn when somebody wants them.
const drawnAtOnceMs = 25 * 60_000;

function Heard({ call, durationMs, items }: { call: Call; durationMs: number; items: PlacedItem[] }) {
  const { t } = useTranslation("call");
  const address = `/api/v1/calls/${encodeURIComponent(call.id)}/recording?redirect=false`;
  const player = usePlayer(address, durationMs);
  const [draw, setDraw] = useState(durationMs <= drawnAtOnceMs);
  const peaks = usePeaks(address, draw);
  const lines = useMemo(() => items.map(({ item }) => item), [items]);
  const active = player.playing || player.timeMs > 0 ? lineAt(items, player.timeMs) : undefined;
  return (
    <>
      <PlayerPanel
        player={player}
        peaks={peaks}
        onDraw={draw ? undefined : () => setDraw(true)}
        address={address}
        fileName={`${call.id}.wav`}
      />
      {lines.length > 0 ? (
        <Text size="sm" c="dimmed">
          {t("clickALine")}
        </Text>
      ) : null}
      <Transcript
        lines={lines}
        activeKey={active}
        onSelect={(line: TranscriptLine) => player.play(line.atMs ?? 0)}
        empty={t("nothingSaid")}
        maxHeight="max(360px, 60vh)"
      />
    </>
  );
}
