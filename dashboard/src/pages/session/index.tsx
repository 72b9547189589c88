// One conversation: what was written, its calls, the agent as it was.
import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { showDateTime } from "@/api/format";
import { loadPart } from "@/api/load_part";
import { useMay } from "@/api/me";
import { useWritten } from "@/api/use_written";
import { ConfirmButton, LoadingState, notifyDone, Page, QueryStates } from "@/components";
import { Transcript } from "@/components/conversation";
import { chatOf } from "@/components/conversation/chat_state";
import { ButtonLink } from "@/components/links";
import { registerTexts } from "@/i18n";
import { sessionQuery, type Session } from "./queries";
import { SessionCalls } from "./session_calls";
import { SessionFacts } from "./session_facts";
import texts from "./texts.en.json";

registerTexts("session", texts);

const Configuration = lazy(() => loadPart(() => import("./configuration")));

function SessionActions({ session }: { session: Session }) {
  const { t } = useTranslation("session");
  const may = useMay();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const remove = async () => {
    await api.DELETE("/api/v1/sessions/{sessionId}", { params: { path: { sessionId: session.id } } });
    notifyDone(t("deleted"));
    await navigate({ to: "/sessions", search: {} });
    cache.removeQueries({ queryKey: sessionQuery(session.id).queryKey });
    void cache.invalidateQueries({ queryKey: ["sessions", "list"] });
  };
  const goesOn = session.channel === "chat" && session.status === "active";
  return (
    <>
      {goesOn && may("sessions", "write") ? (
        <ButtonLink to="/chat" search={{ agent: session.agent || undefined, sessionId: session.id }}>
          {t("continue")}
        </ButtonLink>
      ) : null}
      {may("sessions", "admin") ? (
        <ConfirmButton
          question={t("deleteQuestion")}
          explanation={t("deleteExplanation")}
          confirmLabel={t("action.delete", { ns: "common" })}
          onConfirm={remove}
        >
          {t("action.delete", { ns: "common" })}
        </ConfirmButton>
      ) : null}
    </>
  );
}

function SessionContent({ session }: { session: Session }) {
  const { t } = useTranslation("session");
  const [shown, { toggle }] = useDisclosure(false);
  const written = chatOf(session).items;
  return (
    <Stack gap="lg">
      <SessionFacts session={session} />
      {written.length > 0 ? (
        <Paper withBorder p="lg">
          <Stack gap="md">
            <Title order={2}>{t("messages")}</Title>
            <Transcript lines={written} maxHeight="70vh" label={t("messages")} />
          </Stack>
        </Paper>
      ) : null}
      {session.calls.length > 0 ? (
        <Stack gap="sm">
          <Title order={2}>{t("calls")}</Title>
          <SessionCalls calls={session.calls} />
        </Stack>
      ) : null}
      {written.length === 0 && session.calls.length === 0 ? <Text c="dimmed">{t("nothing")}</Text> : null}
      {session.agentConfig ? (
        <Stack gap="sm">
          <Group justify="space-between">
            <Title order={2}>{t("configuration")}</Title>
            <Button size="xs" variant="default" aria-expanded={shown} onClick={toggle}>
              {t(shown ? "action.hide" : "action.show", { ns: "common" })}
            </Button>
          </Group>
          {shown ? (
            <Suspense fallback={<LoadingState />}>
              <Configuration config={session.agentConfig} />
            </Suspense>
          ) : null}
        </Stack>
      ) : null}
    </Stack>
  );
}

export default function SessionPage() {
  const { t } = useTranslation("session");
  const { sessionId } = useParams({ from: "/shell/sessions/$sessionId" });
  const query = useQuery(sessionQuery(sessionId));
  const cache = useQueryClient();
  useWritten(
    { sessionId, types: ["call.started", "call.ended", "turn.completed", "chat.message"] },
    () => void cache.invalidateQueries({ queryKey: sessionQuery(sessionId).queryKey }),
    { enabled: useMay()("calls", "read") },
  );
  const session = query.data;
  return (
    <Page
      title={session ? t("titleOf", { when: showDateTime(session.createdAt) }) : t("title")}
      description={sessionId}
      actions={session ? <SessionActions session={session} /> : null}
    >
      <QueryStates query={query}>{(data) => <SessionContent session={data} />}</QueryStates>
    </Page>
  );
}
