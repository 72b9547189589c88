// The page of one agent: what can be done with it, the tabs that edit it, and beside them a conversation with it.
import { Box, Group, Tabs, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconCode, IconForms, IconHistory, IconSitemap } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { Page, notifyDone, notifyProblem } from "@/components";
import { VersionBadges, choicesQuery, type Agent } from "@/components/agents";
import { EditorActions } from "./editor_actions";
import { EditorContext, type EditorState } from "./editor_context";
import { parse, setValue } from "./document/document";
import type { Schema } from "./document/schema";
import { FormTab } from "./form/form_tab";
import { ProblemList } from "./problem_list";
import { StagesTab } from "./stages/stages_tab";
import { StaleAlert } from "./stale_alert";
import { SyntaxFault } from "./syntax_fault";
import { TryPane } from "./try_pane";
import { UnsavedGuard } from "./unsaved_guard";
import { useDraft } from "./use_draft";
import { useVerdict } from "./use_verdict";
import { VersionsTab } from "./versions/versions_tab";
import { YamlTab } from "./yaml/yaml_tab";
import classes from "./agent.module.css";

const tabs: Record<string, { icon: ReactNode }> = {
  form: { icon: <IconForms size={16} /> },
  stages: { icon: <IconSitemap size={16} /> },
  yaml: { icon: <IconCode size={16} /> },
  versions: { icon: <IconHistory size={16} /> },
};

export function AgentEditor({ known, schema }: { known: Agent; schema: Schema }) {
  const { t } = useTranslation("agent");
  const search = useSearch({ from: "/shell/agents/$agentId" });
  const navigate = useNavigate({ from: "/agents/$agentId" });
  const readOnly = !useMay()("agents", "write");
  const draft = useDraft(known);
  const { text, change } = draft;
  const parsed = useMemo(() => parse(text), [text]);
  const verdict = useVerdict(text, parsed, schema);
  const choices = useQuery(choicesQuery).data;
  const order = useMemo(() => Object.keys(schema.properties ?? {}), [schema]);

  const edit = useCallback<EditorState["change"]>(
    (how) => {
      try {
        change(how);
      } catch (error) {
        notifyProblem(error);
      }
    },
    [change],
  );
  const editor: EditorState = {
    agent: draft.agent,
    text,
    parsed,
    schema,
    order,
    problems: verdict.problems,
    warnings: verdict.warnings,
    choices,
    readOnly,
    change: edit,
    set: (path, value) => edit((before) => setValue(before, path, value, order)),
  };

  // Saved under another name, the agent is at another address.
  const { agentId } = useParams({ from: "/shell/agents/$agentId" });
  const { id, name } = draft.agent;
  useEffect(() => {
    if (agentId !== id && agentId !== name)
      void navigate({ to: "/agents/$agentId", params: { agentId: name }, search: (old) => old, replace: true, ignoreBlocker: true });
  }, [agentId, id, name, navigate]);

  const save = () => {
    if (readOnly || !draft.dirty || draft.save.isPending) return;
    draft.save.mutate(undefined, { onSuccess: () => notifyDone(t("saved")) });
  };
  // Also while something is typed, in the YAML as well.
  useHotkeys([["mod+S", save]], [], true);

  const tab = search.tab && search.tab in tabs ? search.tab : "form";
  const fault = parsed.fault;
  return (
    <EditorContext.Provider value={editor}>
      <UnsavedGuard dirty={draft.dirty} />
      <Page
        title={draft.agent.name}
        description={
          <Group gap="xs">
            <VersionBadges agent={draft.agent} />
            <Text size="sm" span role="status" aria-live="polite">
              {draft.dirty ? t("unsaved") : null}
            </Text>
          </Group>
        }
        actions={<EditorActions draft={draft} problems={verdict.problems.length} onSave={save} />}
      >
        {draft.stale ? <StaleAlert draft={draft} /> : null}
        <div className={search.try ? classes.split : undefined}>
          <Box miw={0}>
            <Tabs
              value={tab}
              onChange={(value) => void navigate({ search: (old) => ({ ...old, tab: value === "form" ? undefined : (value ?? undefined), line: undefined }) })}
              keepMounted={false}
            >
              <Tabs.List mb="md" className={classes.tabs}>
                {Object.entries(tabs).map(([name, { icon }]) => (
                  <Tabs.Tab key={name} value={name} leftSection={icon}>
                    {t(`tab.${name}`)}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              <ProblemList verdict={verdict} error={draft.save.error} />
              <Tabs.Panel value="form">{fault ? <SyntaxFault /> : <FormTab />}</Tabs.Panel>
              <Tabs.Panel value="stages">{fault ? <SyntaxFault /> : <StagesTab />}</Tabs.Panel>
              <Tabs.Panel value="yaml">
                <YamlTab />
              </Tabs.Panel>
              <Tabs.Panel value="versions">
                <VersionsTab draft={draft} />
              </Tabs.Panel>
            </Tabs>
          </Box>
          {search.try ? <TryPane draft={draft} onSave={save} /> : null}
        </div>
      </Page>
    </EditorContext.Provider>
  );
}
