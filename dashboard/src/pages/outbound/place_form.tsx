import { Button, Collapse, Group, Select, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp, IconPhoneOutgoing } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { showNumber } from "@/api/format";
import { useMay } from "@/api/me";
import { Problem } from "@/api/problem";
import { ProblemAlert } from "@/components";
import { useOnceKey } from "@/components/forms";
import { Advanced } from "./advanced";
import { emptyForm, faultsOf, inputOf, rowsFor, type CallForm } from "./call_form";
import { placeholdersOf } from "./placeholders";
import { agentQuery, agentsQuery, callQuery, numbersQuery } from "./queries";
import { VariableRows } from "./variable_rows";

interface PlaceFormProps {
  to: string;
  agent: string;
  onPlaced: (callId: string) => void;
}

export function PlaceForm({ to, agent, onPlaced }: PlaceFormProps) {
  const { t } = useTranslation("outbound");
  const may = useMay();
  const client = useQueryClient();
  const [form, setForm] = useState<CallForm>({ ...emptyForm, to, agent });
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [advanced, { toggle }] = useDisclosure(false);
  const once = useOnceKey();
  const change = (to: Partial<CallForm>) => setForm((before) => ({ ...before, ...to }));

  const agents = useQuery({ ...agentsQuery, enabled: may("agents", "read") });
  const numbers = useQuery({ ...numbersQuery, enabled: may("numbers", "read") });
  const published = (agents.data?.items ?? []).filter((each) => each.publishedVersion !== null);
  const chosen = published.find((each) => each.name === form.agent || each.id === form.agent);
  const detail = useQuery({ ...agentQuery(chosen?.id ?? ""), enabled: chosen !== undefined });
  const placeholders = useMemo(() => placeholdersOf(chosen ? detail.data?.config : null), [chosen, detail.data]);
  const variables = useMemo(() => rowsWithNew(placeholders, form.variables), [placeholders, form.variables]);
  const filled = { ...form, variables };

  const faults = tried ? faultsOf(filled) : {};
  const about = (field: string) => {
    const fault = faults[field as keyof typeof faults];
    return fault ? t(fault) : error instanceof Problem ? error.about(field) : undefined;
  };
  const place = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(faultsOf(filled)).length > 0) return;
    setBusy(true);
    setError(null);
    try {
      const input = inputOf(filled);
      const call = await api
        .POST("/api/v1/calls", { params: { header: { "Idempotency-Key": once.of(input) } }, body: input })
        .then(body);
      once.done();
      void client.invalidateQueries({ queryKey: callQuery(call.id).queryKey });
      onPlaced(call.id);
    } catch (problem) {
      once.refused(problem);
      setError(problem);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void place(event)} noValidate>
      <Stack gap="md">
        <TextInput
          label={t("field.to")}
          description={t("field.toHint")}
          value={form.to}
          required
          maxLength={32}
          inputMode="tel"
          autoComplete="off"
          error={about("to")}
          onChange={(event) => change({ to: event.currentTarget.value })}
        />
        <Select
          label={t("field.agent")}
          description={t("field.agentHint")}
          placeholder={t("field.agentOwn")}
          data={published.map((each) => each.name)}
          value={chosen?.name ?? null}
          searchable
          clearable
          clearButtonProps={{ "aria-label": t("field.clearAgent") }}
          nothingFoundMessage={t("field.noAgents")}
          error={about("agent")}
          onChange={(name) => change({ agent: name ?? "" })}
        />
        <Select
          label={t("field.from")}
          placeholder={t("field.fromOwn")}
          data={(numbers.data?.items ?? []).map((each) => ({
            value: each.id,
            label: each.displayName ? `${showNumber(each.phoneNumber)} (${each.displayName})` : showNumber(each.phoneNumber),
          }))}
          value={form.from || null}
          searchable
          clearable
          clearButtonProps={{ "aria-label": t("field.clearFrom") }}
          nothingFoundMessage={t("field.noNumbers")}
          error={about("from")}
          onChange={(from) => change({ from: from ?? "" })}
        />
        <VariableRows
          rows={variables}
          placeholders={placeholders}
          agentChosen={chosen !== undefined}
          fault={faults.variables ? t(faults.variables) : undefined}
          onChange={(rows) => change({ variables: rows })}
        />
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            onClick={toggle}
            aria-expanded={advanced}
            rightSection={advanced ? <IconChevronUp size={14} aria-hidden /> : <IconChevronDown size={14} aria-hidden />}
          >
            {t("advanced")}
          </Button>
          <Collapse expanded={advanced} mt="xs">
            <Advanced form={form} about={about} onChange={change} />
          </Collapse>
        </div>
        <ProblemAlert error={error} />
        <Group>
          <Button type="submit" loading={busy} leftSection={<IconPhoneOutgoing size={16} aria-hidden />}>
            {t("place")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

// Rows that were just added are empty: they stay until the agent is changed.
function rowsWithNew(...[placeholders, typed]: Parameters<typeof rowsFor>): ReturnType<typeof rowsFor> {
  const rows = rowsFor(placeholders, typed);
  const added = typed.filter((row) => !row.asked && row.value === "" && !rows.some((each) => each.name && each.name === row.name));
  return [...rows, ...added];
}
