// The dialogue of a scripted agent, as a picture and as a form of the part that is selected.
import { Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconPlus, IconSitemap } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Suspense, lazy, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { loadPart } from "@/api/load_part";
import { EmptyState, LoadingState } from "@/components";
import { setValue } from "../document/document";
import { useEditor } from "../editor_context";
import { addRule, addStage, freeName, isScripted } from "./edit";
import { kAnywhereSelected, kScriptSelected, readScript, stageGraph } from "./graph";
import { ScriptForm } from "./script_form";
import { StageForm } from "./stage_form";
import { StageList } from "./stage_list";
import classes from "./stages.module.css";

const StageCanvas = lazy(() => loadPart(() => import("./stage_canvas")));

export function StagesTab() {
  const { t } = useTranslation("agent");
  const editor = useEditor();
  const search = useSearch({ from: "/shell/agents/$agentId" });
  const navigate = useNavigate({ from: "/agents/$agentId" });
  const script = useMemo(() => readScript(editor.parsed.data), [editor.parsed]);
  const graph = useMemo(() => stageGraph(script), [script]);
  const asForm = search.view === "form";
  const select = (stage: string | undefined) => void navigate({ search: (old) => ({ ...old, stage }), replace: true, resetScroll: false });

  const add = () => {
    const name = freeName(script.stages.length === 0 ? script.first : "stage", script.stages.map((stage) => stage.name));
    editor.change((text) => addStage(text, name, editor.order));
    select(name);
  };
  const connect = (from: string | null, to: string) => {
    editor.change((text) => addRule(text, from, { patterns: [""], reply: "", go_to: to }, editor.order));
    select(from ?? kAnywhereSelected);
  };

  if (script.stages.length === 0 && !isScripted(editor.parsed.data))
    return (
      <EmptyState
        icon={<IconSitemap />}
        title={t("stages.byModel")}
        action={
          editor.readOnly ? null : (
            <Button
              variant="default"
              onClick={() => {
                editor.change((text) => addStage(setValue(text, ["llm"], { provider: "script" }, editor.order), "start", editor.order));
                select("start");
              }}
            >
              {t("stages.useScript")}
            </Button>
          )
        }
      >
        {t("stages.byModelHint")}
      </EmptyState>
    );
  if (script.stages.length === 0)
    return (
      <EmptyState
        icon={<IconSitemap />}
        title={t("stages.empty")}
        action={
          editor.readOnly ? null : (
            <Button leftSection={<IconPlus size={16} />} onClick={add}>
              {t("stages.add")}
            </Button>
          )
        }
      >
        {t("stages.emptyHint")}
      </EmptyState>
    );

  const chosen = search.stage ?? (asForm ? script.first : undefined);
  const stage = script.stages.find((one) => one.name === chosen);
  const detail =
    chosen === kAnywhereSelected ? (
      <StageForm key={chosen} stage={null} rules={script.anywhere} onSelect={select} />
    ) : chosen === kScriptSelected ? (
      <ScriptForm />
    ) : stage ? (
      <StageForm key={stage.name} stage={stage.name} rules={stage.rules} onSelect={select} />
    ) : null;

  return (
    <Stack gap="md">
      <Group justify="space-between">
        <SegmentedControl
          value={asForm ? "form" : "graph"}
          onChange={(view) => void navigate({ search: (old) => ({ ...old, view: view === "form" ? view : undefined }), replace: true })}
          data={[
            { value: "graph", label: t("stages.graph") },
            { value: "form", label: t("stages.form") },
          ]}
          aria-label={t("stages.view")}
        />
        <Group gap="xs">
          <Button variant={chosen === kScriptSelected ? "light" : "default"} onClick={() => select(kScriptSelected)}>
            {t("stages.settings")}
          </Button>
          <Button variant={chosen === kAnywhereSelected ? "light" : "default"} onClick={() => select(kAnywhereSelected)}>
            {t("stages.anywhere")}
          </Button>
          {editor.readOnly ? null : (
            <Button leftSection={<IconPlus size={16} />} onClick={add}>
              {t("stages.add")}
            </Button>
          )}
        </Group>
      </Group>
      {asForm ? (
        <div className={classes.columns}>
          <StageList script={script} chosen={chosen ?? ""} />
          {detail ?? <Text size="sm">{t("stages.pick")}</Text>}
        </div>
      ) : (
        <>
          <Suspense fallback={<LoadingState height={460} />}>
            <StageCanvas graph={graph} chosen={chosen ?? ""} readOnly={editor.readOnly} onSelect={select} onConnect={connect} />
          </Suspense>
          {detail ?? (
            <Text size="sm" c="dimmed">
              {t("stages.pick")}
            </Text>
          )}
        </>
      )}
    </Stack>
  );
}
