// The table as text. What is wrong is told by line before and after it is sent; nothing typed is lost.
import { Alert, Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { LineCounter, parseDocument } from "yaml";
import { api, body, ifMatch, type Schemas } from "@/api/client";
import { Problem } from "@/api/problem";
import { notifyDone, notifyProblem, ProblemAlert } from "@/components";
import { ChangedMeanwhile, isStale, type Kept } from "@/components/forms";
import { lineOf, readPrices } from "./price_table";
import { pricesQuery } from "./queries";
import { YamlArea } from "./yaml_area";

interface Fault {
  line: number;
  message: string;
}

function syntaxFault(text: string): Fault | null {
  const lines = new LineCounter();
  const error = parseDocument(text, { lineCounter: lines }).errors[0];
  return error ? { line: lines.linePos(error.pos[0]).line, message: error.message.split("\n")[0]! } : null;
}

type Prices = Schemas["Prices"];

interface PriceEditorProps {
  prices: Prices;
  kept: Kept<Prices>;
  readOnly: boolean;
}

export default function PriceEditor({ prices, kept, readOnly }: PriceEditorProps) {
  const { t } = useTranslation("prices");
  const client = useQueryClient();
  const [text, setText] = useState(prices.yaml);
  // Another beginning for the editor.
  const [round, setRound] = useState(0);
  const save = useMutation({
    mutationFn: (yaml: string) => api.PUT("/api/v1/prices", { params: { header: ifMatch(prices.etag) }, body: { yaml } }).then(body),
    onSuccess: (saved) => {
      kept.take(saved);
      client.setQueryData(pricesQuery.queryKey, saved);
      notifyDone(t("saved", { count: readPrices(saved.yaml)?.length ?? 0 }));
    },
  });
  const syntax = useMemo(() => syntaxFault(text), [text]);
  const told = save.error instanceof Problem && save.variables === text ? save.error.about("yaml") : undefined;
  const fault = useMemo(() => {
    if (syntax) return syntax;
    const line = told ? lineOf(told) : null;
    return told && line ? { line, message: told } : null;
  }, [syntax, told]);
  const changed = text !== prices.yaml;
  useEffect(() => kept.typed(changed));
  const discard = () => {
    setText(prices.yaml);
    setRound(round + 1);
    save.reset();
  };
  return (
    <Stack>
      {readOnly ? <Alert color="gray" title={t("readOnly")} /> : null}
      <Text size="sm" c="dimmed">
        {t("editorHint")}
      </Text>
      <YamlArea key={round} label={t("editor")} initial={text} readOnly={readOnly} fault={fault} onChange={setText} />
      {syntax ? (
        <Alert color="red" title={t("atLine", { line: syntax.line })} role="status">
          {syntax.message}
        </Alert>
      ) : null}
      {isStale(save.error) ? (
        <ChangedMeanwhile onLoad={() => void client.fetchQuery({ ...pricesQuery, staleTime: 0 }).then(kept.take, notifyProblem)} />
      ) : (
        <ProblemAlert error={save.error} />
      )}
      {readOnly ? null : (
        <Group justify="flex-end">
          {changed ? (
            <Badge variant="light" color="gray" tt="none">
              {t("unsaved")}
            </Badge>
          ) : null}
          <Button variant="default" disabled={!changed} onClick={discard}>
            {t("discard")}
          </Button>
          <Button loading={save.isPending} disabled={!changed || syntax !== null} onClick={() => save.mutate(text)}>
            {t("save")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
