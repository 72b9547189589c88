// The calls in progress.
import { Group, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconPhoneCall } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { ButtonLink, EmptyState, Page, QueryStates } from "@/components";
import { registerTexts } from "@/i18n";
import { LiveCards } from "./live_cards";
import { LiveTable } from "./live_table";
import texts from "./texts.en.json";
import { useLiveCalls } from "./use_live_calls";

registerTexts("live", texts);

export default function LivePage() {
  const { t } = useTranslation("live");
  const calls = useLiveCalls();
  const cards = useMediaQuery("(max-width: 62em)", undefined, { getInitialValueInEffect: false });
  return (
    <Page
      title={t("title")}
      description={
        <Text span inherit role="status" aria-live="polite">
          {calls.data ? t("count", { count: calls.data.items.length }) : ""}
        </Text>
      }
    >
      <QueryStates query={calls}>
        {({ items }) => (items.length === 0 ? <NoCalls /> : cards ? <LiveCards calls={items} /> : <LiveTable calls={items} />)}
      </QueryStates>
    </Page>
  );
}

function NoCalls() {
  const { t } = useTranslation("live");
  const may = useMay();
  return (
    <EmptyState
      icon={<IconPhoneCall />}
      title={t("none")}
      action={
        <Group justify="center">
          {may("sessions", "write") ? <ButtonLink to="/talk">{t("talk")}</ButtonLink> : null}
          {may("calls", "write") ? (
            <ButtonLink to="/outbound" variant="default">
              {t("outbound")}
            </ButtonLink>
          ) : null}
          <ButtonLink to="/calls" variant="default">
            {t("log")}
          </ButtonLink>
        </Group>
      }
    >
      {t("noneHint")}
    </EmptyState>
  );
}
