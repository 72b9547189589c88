// What is known of the call, in pairs of a name and a value.
import { SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { showDateTime, showDuration, showNumber } from "@/api/format";
import { useMay } from "@/api/me";
import { AnchorLink } from "@/components";
import { CopyText } from "@/components/copy_field";
import { ownNumberOf, partyOf, type Call } from "@/components/calls/model";
import { agentsQuery } from "@/components/calls/queries";
import { Ticking } from "@/components/calls/ticking";

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="dd" m={0} size="sm" style={{ overflowWrap: "anywhere" }} className="numeric">
        {children}
      </Text>
    </div>
  );
}

function AgentName({ call }: { call: Call }) {
  const { t } = useTranslation("call");
  const may = useMay();
  const agents = useQuery({ ...agentsQuery, enabled: may("agents", "read") });
  const agent = agents.data?.items.find((each) => each.name === call.agent);
  const version = call.agentVersion ? (
    <Text span size="xs" c="dimmed" ff="monospace">
      {" "}
      {t("fact.version", { version: call.agentVersion.slice(0, 8) })}
    </Text>
  ) : null;
  return (
    <>
      {agent ? (
        <AnchorLink to="/agents/$agentId" params={{ agentId: agent.id }} inherit underline="always">
          {call.agent}
        </AnchorLink>
      ) : (
        call.agent || "–"
      )}
      {version}
    </>
  );
}

function carrierState(call: Call, t: TFunction<"call">): string {
  const said = [call.carrierStatus, call.carrierCause].filter(Boolean).join(", ");
  const seconds = call.carrierSeconds === null ? "" : t("fact.carrierSeconds", { count: call.carrierSeconds });
  return [call.carrier, said, seconds].filter(Boolean).join(" · ") || "–";
}

export function Facts({ call }: { call: Call }) {
  const { t } = useTranslation("call");
  const variables = Object.entries(call.variables);
  return (
    <SimpleGrid component="dl" cols={{ base: 2, sm: 3, lg: 5 }} spacing="md" verticalSpacing="sm" m={0}>
      <Fact name={call.direction === "outbound" ? t("fact.callee") : t("fact.caller")}>{showNumber(partyOf(call)) || "–"}</Fact>
      <Fact name={t("fact.ownNumber")}>{showNumber(ownNumberOf(call)) || "–"}</Fact>
      <Fact name={t("fact.agent")}>
        <AgentName call={call} />
      </Fact>
      <Fact name={t("fact.started")}>{showDateTime(call.startedAt)}</Fact>
      <Fact name={t("fact.duration")}>
        {call.status === "in_progress" ? <Ticking since={call.startedAt} /> : showDuration(call.durationMs)}
      </Fact>
      {call.endReason ? <Fact name={t("fact.reason")}>{call.endReason}</Fact> : null}
      {call.answeredAt ? <Fact name={t("fact.answered")}>{showDateTime(call.answeredAt)}</Fact> : null}
      <Fact name={t("fact.carrier")}>{carrierState(call, t)}</Fact>
      {call.transfer ? (
        <Fact name={t("fact.transfer")}>
          {[call.transfer.to, t(`transferStatus.${call.transfer.status}`, { defaultValue: call.transfer.status }), call.transfer.detail]
            .filter(Boolean)
            .join(" · ")}
        </Fact>
      ) : null}
      <Fact name={t("fact.session")}>
        <AnchorLink to="/sessions/$sessionId" params={{ sessionId: call.sessionId }} inherit>
          {call.sessionId}
        </AnchorLink>
      </Fact>
      <Fact name={t("fact.id")}>
        <CopyText value={call.id} />
      </Fact>
      {call.carrierCallId ? (
        <Fact name={t("fact.carrierCallId")}>
          <CopyText value={call.carrierCallId} />
        </Fact>
      ) : null}
      {call.customField ? <Fact name={t("fact.customField")}>{call.customField}</Fact> : null}
      {variables.length > 0 ? (
        <Fact name={t("fact.variables")}>
          <Stack gap={0}>
            {variables.map(([name, value]) => (
              <span key={name}>
                {name}: {typeof value === "object" ? JSON.stringify(value) : String(value)}
              </span>
            ))}
          </Stack>
        </Fact>
      ) : null}
    </SimpleGrid>
  );
}
