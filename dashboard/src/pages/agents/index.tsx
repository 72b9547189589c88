import { Button, Group, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconFileUpload, IconPlus, IconRobot, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { EmptyState, Page, QueryStates } from "@/components";
import { agentsQuery } from "@/components/agents";
import { AllowedButton } from "@/components/forms";
import { registerTexts } from "@/i18n";
import { AgentTable } from "./agent_table";
import { ImportDialog } from "./import_dialog";
import texts from "./texts.en.json";

registerTexts("agents", texts);

function NewButton() {
  const { t } = useTranslation("agents");
  const may = useMay();
  const navigate = useNavigate();
  // A link for whoever may, so that it opens in another tab as well.
  if (may("agents", "write"))
    return (
      <Button component={Link} to="/agents/new" leftSection={<IconPlus size={16} />}>
        {t("new")}
      </Button>
    );
  return (
    <AllowedButton resource="agents" level="write" leftSection={<IconPlus size={16} />} onClick={() => void navigate({ to: "/agents/new" })}>
      {t("new")}
    </AllowedButton>
  );
}

export default function AgentsPage() {
  const { t } = useTranslation("agents");
  const query = useQuery(agentsQuery);
  const { find = "" } = useSearch({ from: "/shell/agents" });
  const navigate = useNavigate({ from: "/agents" });
  const [importing, importDialog] = useDisclosure(false);
  return (
    <Page
      title={t("title")}
      description={t("description")}
      actions={
        <>
          <AllowedButton resource="agents" level="write" variant="default" leftSection={<IconFileUpload size={16} />} onClick={importDialog.open}>
            {t("import")}
          </AllowedButton>
          <NewButton />
        </>
      }
    >
      <QueryStates query={query}>
        {({ items }) => {
          if (items.length === 0)
            return (
              <EmptyState icon={<IconRobot />} title={t("empty")} action={<NewButton />}>
                {t("emptyHint")}
              </EmptyState>
            );
          const shown = items.filter((agent) => agent.name.includes(find.toLowerCase()));
          return (
            <>
              {items.length > 8 || find ? (
                <Group>
                  <TextInput
                    aria-label={t("filter")}
                    placeholder={t("filter")}
                    leftSection={<IconSearch size={16} />}
                    value={find}
                    onChange={(event) => {
                      const value = event.currentTarget.value || undefined;
                      void navigate({ search: (old) => ({ ...old, find: value }), replace: true });
                    }}
                    w={{ base: "100%", xs: 280 }}
                  />
                </Group>
              ) : null}
              {shown.length > 0 ? <AgentTable agents={shown} /> : <Text c="dimmed">{t("noMatch", { text: find })}</Text>}
            </>
          );
        }}
      </QueryStates>
      <ImportDialog opened={importing} onClose={importDialog.close} />
    </Page>
  );
}
