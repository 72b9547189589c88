// One call to somebody: placed, and followed to its end. Which one is followed stands in the address.
import { Alert, Grid, Paper } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { AnchorLink, Page } from "@/components";
import { registerTexts } from "@/i18n";
import { PlaceForm } from "./place_form";
import { Progress } from "./progress";
import { agentsQuery } from "./queries";
import { RecentCalls } from "./recent";
import texts from "./texts.en.json";

registerTexts("outbound", texts);

export default function OutboundPage() {
  const { t } = useTranslation("outbound");
  const search = useSearch({ from: "/shell/outbound" });
  const navigate = useNavigate();
  const follow = (placed: string | undefined) =>
    void navigate({ to: "/outbound", search: (before) => ({ ...before, placed }), resetScroll: false });
  return (
    <Page title={t("title")} description={t("description")}>
      <NoAgents />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 5 }}>
          {search.placed ? (
            <Progress key={search.placed} callId={search.placed} onAnother={() => follow(undefined)} />
          ) : (
            <Paper withBorder p="md">
              <PlaceForm to={search.to ?? ""} agent={search.agent ?? ""} onPlaced={follow} />
            </Paper>
          )}
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <RecentCalls />
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function NoAgents() {
  const { t } = useTranslation("outbound");
  const may = useMay();
  const agents = useQuery({ ...agentsQuery, enabled: may("agents", "read") });
  if (!agents.data || agents.data.items.some((each) => each.publishedVersion !== null)) return null;
  return (
    <Alert variant="default" icon={<IconInfoCircle />} title={t("noAgents")}>
      <AnchorLink to="/agents" size="sm">
        {t("toAgents")}
      </AnchorLink>
    </Alert>
  );
}
