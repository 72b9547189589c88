// One call: while it goes on and afterwards.
import { Badge, Group, Paper, Tabs } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useEvents, type LiveEvent } from "@/api/events";
import { showNumber } from "@/api/format";
import { useMay } from "@/api/me";
import { AnchorLink, ConfirmButton, notifyDone, Page, QueryStates, StatusBadge } from "@/components";
import { CallActions } from "@/components/calls/call_actions";
import { isOver, lookAgainMs, partyOf, type Call } from "@/components/calls/model";
import { registerTexts } from "@/i18n";
import { ConversationTab } from "./conversation_tab";
import { CostTab } from "./cost_tab";
import { EventsTab } from "./events_tab";
import { Facts } from "./facts";
import { LiveTab } from "./live_tab";
import { callQuery } from "./queries";
import { ConfigurationTab, SessionTab } from "./session_tab";
import { TimingTab } from "./timing_tab";
import texts from "./texts.en.json";

registerTexts("call", texts);

export default function CallPage() {
  const { t } = useTranslation("call");
  const { callId } = useParams({ from: "/shell/calls/$callId" });
  const client = useQueryClient();
  // The server may know more of a call than it tells by events, of its carrier's state for example.
  const [ended, setEnded] = useState("");
  const call = useQuery({
    ...callQuery(callId),
    refetchInterval: (query) => lookAgainMs(query.state.data, Date.now(), ended === callId),
  });
  useEvents({ callId }, (event: LiveEvent) => {
    if (event.type.startsWith("transcript.")) return;
    if (event.type === "call.ended") setEnded(callId);
    void client.invalidateQueries({ queryKey: ["call", callId], exact: true });
    if (event.type === "call.ended" || event.type === "recording.ready")
      void client.invalidateQueries({ queryKey: ["call", callId, "transcript"] });
  });
  return (
    <QueryStates query={call} key={callId}>
      {(data) => (
        <Page
          title={t("title", { party: showNumber(partyOf(data)) || t("nobody") })}
          description={
            <Group gap="xs">
              <StatusBadge status={data.status} />
              <Direction call={data} />
              {data.escalationRequested ? (
                <Badge variant="dot" color="orange" tt="none">
                  {t("escalated")}
                </Badge>
              ) : null}
              <AnchorLink to="/calls" size="sm">
                {t("toLog")}
              </AnchorLink>
            </Group>
          }
          actions={isOver(data.status) ? <DeleteButton call={data} /> : <CallActions callId={data.id} status={data.status} />}
        >
          <Paper withBorder p="md">
            <Facts call={data} />
          </Paper>
          <CallTabs call={data} />
        </Page>
      )}
    </QueryStates>
  );
}

function Direction({ call }: { call: Call }) {
  const { t } = useTranslation();
  return (
    <Badge variant="default" tt="none">
      {t(`direction.${call.direction}`)}
    </Badge>
  );
}

const tabs = ["conversation", "timing", "events", "cost", "config", "session"] as const;
type Tab = (typeof tabs)[number];

function CallTabs({ call }: { call: Call }) {
  const { t } = useTranslation("call");
  const may = useMay();
  const search = useSearch({ from: "/shell/calls/$callId" });
  const navigate = useNavigate();
  const shown = tabs.filter((each) => (each !== "config" && each !== "session") || may("sessions", "read"));
  const tab: Tab = shown.find((each) => each === search.tab) ?? "conversation";
  const go = (to: Record<string, string | undefined>) =>
    void navigate({
      to: "/calls/$callId",
      params: { callId: call.id },
      search: (before) => ({ ...before, ...to }),
      replace: true,
      resetScroll: false,
    });
  return (
    <Tabs value={tab} onChange={(to) => go({ tab: to && to !== "conversation" ? to : undefined })} keepMounted={false}>
      <Tabs.List style={{ flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" }} mb="md">
        {shown.map((each) => (
          <Tabs.Tab key={each} value={each} style={{ flex: "none" }}>
            {t(`tab.${each}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="conversation">{isOver(call.status) ? <ConversationTab call={call} /> : <LiveTab call={call} />}</Tabs.Panel>
      <Tabs.Panel value="timing">
        <TimingTab call={call} asTable={search.view === "table"} onChange={(table) => go({ view: table ? "table" : undefined })} />
      </Tabs.Panel>
      <Tabs.Panel value="events">
        <EventsTab call={call} />
      </Tabs.Panel>
      <Tabs.Panel value="cost">
        <CostTab call={call} />
      </Tabs.Panel>
      <Tabs.Panel value="config">
        <ConfigurationTab call={call} />
      </Tabs.Panel>
      <Tabs.Panel value="session">
        <SessionTab call={call} />
      </Tabs.Panel>
    </Tabs>
  );
}

function DeleteButton({ call }: { call: Call }) {
  const { t } = useTranslation("call");
  const may = useMay();
  const navigate = useNavigate();
  const client = useQueryClient();
  if (!may("calls", "admin")) return null;
  const remove = async () => {
    await api.DELETE("/api/v1/calls/{callId}", { params: { path: { callId: call.id } } });
    await navigate({ to: "/calls" });
    client.removeQueries({ queryKey: ["call", call.id] });
    notifyDone(t("delete.done"));
  };
  return (
    <ConfirmButton question={t("delete.question")} explanation={t("delete.hint")} confirmLabel={t("delete.do")} onConfirm={remove}>
      {t("delete.do")}
    </ConfirmButton>
  );
}
