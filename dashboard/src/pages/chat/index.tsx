// A written conversation with any agent. Its id is in the address, so that it can be left and taken up again.
import { Stack } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Page } from "@/components";
import { AgentGate, AgentPicker, TextChat } from "@/components/conversation";
import { registerTexts } from "@/i18n";
import texts from "./texts.en.json";

registerTexts("chat", texts);

export default function ChatPage() {
  const { t } = useTranslation("chat");
  const search = useSearch({ from: "/shell/chat" });
  const navigate = useNavigate();
  const go = (agent: string, sessionId?: string) =>
    void navigate({ to: "/chat", search: { ...search, agent, sessionId: sessionId || undefined }, replace: true });
  return (
    <Page title={t("title")} description={t("description")}>
      <AgentGate wanted={search.agent}>
        {(agent, choices) => (
          <Stack gap="lg">
            <AgentPicker choices={choices} value={agent} onChange={(name) => go(name)} />
            <TextChat
              key={agent}
              agent={agent}
              draft={search.draft === "1" || choices.find((choice) => choice.name === agent)?.draftOnly}
              sessionId={search.sessionId}
              onSession={(sessionId) => sessionId !== (search.sessionId ?? "") && go(agent, sessionId)}
            />
          </Stack>
        )}
      </AgentGate>
    </Page>
  );
}
