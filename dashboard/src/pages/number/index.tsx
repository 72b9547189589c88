import { Alert, Group, Stack, Tabs, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { showNumber } from "@/api/format";
import { useMay } from "@/api/me";
import { Page, QueryStates, StatusBadge } from "@/components";
import { KeptForm } from "@/components/forms";
import { AnchorLink } from "@/components/links";
import { agentsQuery } from "@/components/telephony";
import { registerTexts } from "@/i18n";
import { AddressList } from "./address_list";
import { CheckPanel } from "./check_panel";
import { reachable } from "./guide";
import { GuidePanel } from "./guide_panel";
import { numberQuery } from "./queries";
import { RecentCalls } from "./recent_calls";
import { SecretPanel } from "./secret_panel";
import { SettingsForm } from "./settings_form";
import texts from "./texts.en.json";

registerTexts("number", texts);

type PhoneNumber = Schemas["PhoneNumber"];
const tabs = ["setup", "addresses", "settings", "calls"] as const;

export default function NumberPage() {
  const { numberId } = useParams({ from: "/shell/numbers/$numberId" });
  const number = useQuery(numberQuery(numberId));
  const { t } = useTranslation("number");
  const title = number.data ? showNumber(number.data.phoneNumber) : t("title");
  return (
    <Page title={title} description={number.data ? <Summary number={number.data} /> : undefined}>
      <QueryStates query={number}>{(data) => <Content number={data} />}</QueryStates>
    </Page>
  );
}

function Summary({ number }: { number: PhoneNumber }) {
  const { t } = useTranslation("number");
  const may = useMay();
  const agents = useQuery({ ...agentsQuery, enabled: may("agents", "read") });
  const agent = agents.data?.find((each) => each.id === number.linkedAgentId);
  return (
    <Group gap="xs">
      <StatusBadge status={number.status} />
      {number.displayName !== number.phoneNumber ? <span>{number.displayName}</span> : null}
      {number.linkedAgentId === null ? (
        <span>{t("agentLast")}</span>
      ) : (
        <span>
          {t("agentIs")}{" "}
          <AnchorLink to="/agents/$agentId" params={{ agentId: number.linkedAgentId }} search={{}} size="sm">
            {agent?.name ?? "…"}
          </AnchorLink>
        </span>
      )}
    </Group>
  );
}

function Content({ number }: { number: PhoneNumber }) {
  const { t } = useTranslation("number");
  const search = useSearch({ from: "/shell/numbers/$numberId" });
  const navigate = useNavigate({ from: "/numbers/$numberId" });
  const tab = tabs.find((each) => each === search.tab) ?? "setup";
  // The addresses with a secret that was just made, for as long as the page is open.
  const [fresh, setFresh] = useState<Schemas["PhoneNumberSecret"] | null>(null);
  const addresses = fresh ? { ...number, ...fresh } : number;
  return (
    <Stack>
      {number.status === "inactive" ? <Alert color="yellow" icon={<IconAlertTriangle />} title={t("inactive")} /> : null}
      {reachable(number.webhookUrl) ? null : (
        <Alert color="yellow" icon={<IconAlertTriangle />} title={t("local")}>
          <Text size="sm">{t("localHint", { base: new URL(number.webhookUrl).origin })}</Text>
        </Alert>
      )}
      <CheckPanel number={number} />
      <Tabs value={tab} onChange={(value) => void navigate({ search: (old) => ({ ...old, tab: value ?? undefined }) })} keepMounted={false}>
        <Tabs.List mb="md" style={{ flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" }}>
          {tabs.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {t(`tabs.${each}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="setup">
          <GuidePanel number={number} addresses={addresses} secretMissing={number.hasSecret && !fresh} />
        </Tabs.Panel>
        <Tabs.Panel value="addresses">
          <Stack>
            <AddressList addresses={addresses} secretMissing={number.hasSecret && !fresh} />
            <SecretPanel number={number} onMade={setFresh} />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <KeptForm current={number}>{(base, kept) => <SettingsForm number={base} kept={kept} />}</KeptForm>
        </Tabs.Panel>
        <Tabs.Panel value="calls">
          <RecentCalls number={number} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
