import { Button, Group, Paper, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { Problem } from "@/api/problem";
import { Page, ProblemAlert, notifyDone } from "@/components";
import { rememberAgent } from "@/components/agents";
import { useOnceKey } from "@/components/forms";
import { registerTexts } from "@/i18n";
import { parse, setValue } from "../agent/document/document";
import { SamplePicker } from "./sample_picker";
import { agentName, scratch } from "./scratch";
import { ScratchForm } from "./scratch_form";
import { TextForm } from "./text_form";
import texts from "./texts.en.json";

registerTexts("agent_new", texts);

const ways = ["sample", "scratch", "yaml"];

export default function NewAgentPage() {
  const { t } = useTranslation("agent_new");
  const search = useSearch({ from: "/shell/agents/new" });
  const navigate = useNavigate({ from: "/agents/new" });
  const from = search.from && ways.includes(search.from) ? search.from : "sample";
  const [name, setName] = useState("");
  const [sample, setSample] = useState({ name: "", yaml: "" });
  const [led, setLed] = useState("script");
  const [language, setLanguage] = useState("en-IN");
  const [pasted, setPasted] = useState("");
  const once = useOnceKey();

  // The text that is to be made an agent; empty while something is missing.
  const chosen = from === "sample" ? sample.yaml : from === "scratch" ? (name ? scratch(name, led === "model" ? "model" : "script", language) : "") : pasted;
  const readable = chosen.trim() !== "" && !parse(chosen).fault;
  const yaml = readable && name && from !== "scratch" ? setValue(chosen, ["name"], name, ["name"]) : chosen;

  const create = useMutation({
    mutationFn: () => api.POST("/api/v1/agents", { params: { header: { "Idempotency-Key": once.of(yaml) } }, body: { yaml, publish: false } }).then(body),
    onSuccess: (agent) => {
      rememberAgent(agent);
      notifyDone(t("created", { name: agent.name }));
      void navigate({ to: "/agents/$agentId", params: { agentId: agent.name } });
    },
    onError: once.refused,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };

  return (
    <Page title={t("title")} description={t("description")}>
      <Paper withBorder p="md" component="form" onSubmit={submit} maw={860}>
        <Stack>
          <SegmentedControl
            aria-label={t("from")}
            value={from}
            onChange={(way) => {
              create.reset();
              void navigate({ search: { from: way }, replace: true });
            }}
            data={ways.map((value) => ({ value, label: t(value) }))}
          />
          {from === "sample" ? (
            <SamplePicker
              chosen={sample.name}
              onChoose={(one) => {
                if (name === "" || name === sample.name) setName(one.name);
                setSample({ name: one.name, yaml: one.yaml });
              }}
            />
          ) : from === "scratch" ? (
            <ScratchForm led={led} language={language} onLed={setLed} onLanguage={setLanguage} />
          ) : (
            <TextForm text={pasted} onText={setPasted} />
          )}
          <TextInput
            label={t("name")}
            description={t("nameRule")}
            value={name}
            onChange={(event) => setName(agentName(event.currentTarget.value))}
            placeholder={from === "yaml" && readable ? String(parse(pasted).data.name ?? "") : undefined}
            error={create.error instanceof Problem ? create.error.about("name") : undefined}
            required={from === "scratch"}
            maw={320}
          />
          <ProblemAlert error={create.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={create.isPending} disabled={!readable}>
              {t("create")}
            </Button>
          </Group>
        </Stack>
      </Paper>
    </Page>
  );
}
