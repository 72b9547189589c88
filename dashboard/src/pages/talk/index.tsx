// A call from the browser to any agent.
import { Stack } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "@/components";
import { AgentGate, AgentPicker, VoiceCall } from "@/components/conversation";
import { registerTexts } from "@/i18n";
import texts from "./texts.en.json";

registerTexts("talk", texts);

export default function TalkPage() {
  const { t } = useTranslation("talk");
  const search = useSearch({ from: "/shell/talk" });
  const navigate = useNavigate();
  const [active, setActive] = useState(false);
  return (
    <Page title={t("title")} description={t("description")}>
      <AgentGate wanted={search.agent}>
        {(agent, choices) => (
          <Stack gap="lg">
            <AgentPicker
              choices={choices}
              value={agent}
              disabled={active}
              onChange={(name) => void navigate({ to: "/talk", search: { agent: name }, replace: true })}
            />
            <VoiceCall
              agent={agent}
              draft={search.draft === "1" || choices.find((choice) => choice.name === agent)?.draftOnly}
              onActive={setActive}
            />
          </Stack>
        )}
      </AgentGate>
    </Page>
  );
}
