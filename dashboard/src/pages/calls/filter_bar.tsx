// The filters: on a phone the search stands alone, the others open under it.
import { Autocomplete, Button, Collapse, Group, Select, SimpleGrid, TextInput } from "@mantine/core";
import { useDebouncedCallback, useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconFilter, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/me";
import { agentsQuery, numbersQuery } from "@/components/calls/queries";
import { showNumber } from "@/api/format";
import { countOf, leastNumber, noFilters, outcomes, ranges, statuses, type Filters, type Range } from "./filters";

interface FilterBarProps {
  filters: Filters;
  onChange: (change: Partial<Filters>) => void;
}

const typingMs = 300;

// What is being typed, and the address a moment later; what comes by Back or a link is shown as well.
function useTyped(value: string, onChange: (value: string) => void): [string, (value: string) => void] {
  const [typed, type] = useState(value);
  const told = useRef(value);
  const tell = useDebouncedCallback((text: string) => {
    told.current = text.trim();
    onChange(text);
  }, typingMs);
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    type(value);
  }, [value]);
  return [
    typed,
    (text) => {
      type(text);
      tell(text);
    },
  ];
}

export function FilterBar({ filters, onChange }: FilterBarProps) {
  const { t } = useTranslation("calls");
  const [opened, { toggle }] = useDisclosure(false);
  const narrow = useMediaQuery("(max-width: 48em)");
  const [text, setText] = useTyped(filters.text, (value) => onChange({ text: value }));
  const count = countOf(filters);
  const search = (
    <TextInput
      label={t("filter.text")}
      placeholder={t("filter.textHint")}
      leftSection={<IconSearch size={16} aria-hidden />}
      value={text}
      maxLength={200}
      type="search"
      style={{ flex: 1 }}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  );
  const clear =
    count > 0 || filters.text ? (
      <Button variant="subtle" style={{ alignSelf: "end", justifySelf: "start" }} onClick={() => onChange(noFilters)}>
        {t("filter.clear")}
      </Button>
    ) : null;
  if (!narrow) {
    return (
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm" verticalSpacing="xs">
        {search}
        <Fields filters={filters} onChange={onChange} />
        {clear}
      </SimpleGrid>
    );
  }
  return (
    <div>
      <Group align="flex-end" gap="xs" wrap="nowrap">
        {search}
        <Button
          variant={count > 0 ? "light" : "default"}
          leftSection={<IconFilter size={16} aria-hidden />}
          onClick={toggle}
          aria-expanded={opened}
        >
          {count > 0 ? t("filter.openCount", { count }) : t("filter.open")}
        </Button>
      </Group>
      <Collapse expanded={opened}>
        <SimpleGrid cols={1} spacing="xs" mt="xs">
          <Fields filters={filters} onChange={onChange} />
        </SimpleGrid>
      </Collapse>
      {clear}
    </div>
  );
}

function Fields({ filters, onChange }: FilterBarProps) {
  const { t } = useTranslation("calls");
  const { t: common } = useTranslation();
  const may = useMay();
  const agents = useQuery({ ...agentsQuery, enabled: may("agents", "read") });
  const numbers = useQuery({ ...numbersQuery, enabled: may("numbers", "read") });
  const [agent, setAgent] = useTyped(filters.agent, (value) => onChange({ agent: value }));
  const [outcome, setOutcome] = useTyped(filters.outcome, (value) => onChange({ outcome: value }));
  const [number, setNumber] = useTyped(filters.number, (value) => onChange({ number: value }));
  const short = number.trim() !== "" && number.trim().length < leastNumber;
  return (
    <>
      <Select
        label={t("filter.range")}
        data={ranges.map((range) => ({ value: range, label: t(`range.${range}`) }))}
        value={filters.range}
        allowDeselect={false}
        onChange={(range) => onChange({ range: (range ?? "all") as Range })}
      />
      {filters.range === "custom" ? (
        <>
          <TextInput
            label={t("filter.since")}
            type="datetime-local"
            value={filters.since}
            max={filters.before || undefined}
            onChange={(event) => onChange({ since: event.currentTarget.value })}
          />
          <TextInput
            label={t("filter.before")}
            type="datetime-local"
            value={filters.before}
            min={filters.since || undefined}
            onChange={(event) => onChange({ before: event.currentTarget.value })}
          />
        </>
      ) : null}
      {/* Agents that were removed are in the log still: any name can be typed. */}
      <Autocomplete
        label={t("filter.agent")}
        placeholder={t("filter.any")}
        data={(agents.data?.items ?? []).map((each) => each.name)}
        value={agent}
        maxLength={100}
        onChange={setAgent}
      />
      <Select
        label={t("filter.status")}
        placeholder={t("filter.any")}
        data={statuses.map((status) => ({ value: status, label: common(`status.${status}`) }))}
        value={filters.status || null}
        clearable
        clearButtonProps={{ "aria-label": t("filter.clearOne", { what: t("filter.status") }) }}
        onChange={(status) => onChange({ status: status ?? "" })}
      />
      <Autocomplete
        label={t("filter.outcome")}
        placeholder={t("filter.any")}
        data={[...outcomes]}
        value={outcome}
        maxLength={100}
        onChange={setOutcome}
      />
      <TextInput
        label={t("filter.number")}
        placeholder={t("filter.numberHint")}
        value={number}
        maxLength={32}
        inputMode="tel"
        description={short ? t("filter.numberShort", { least: leastNumber }) : undefined}
        inputWrapperOrder={["label", "input", "description"]}
        onChange={(event) => setNumber(event.currentTarget.value)}
      />
      <Select
        label={t("filter.phoneId")}
        placeholder={t("filter.any")}
        data={(numbers.data?.items ?? []).map((each) => ({
          value: each.id,
          label: each.displayName ? `${each.displayName} (${showNumber(each.phoneNumber)})` : showNumber(each.phoneNumber),
        }))}
        value={filters.phoneId || null}
        searchable
        clearable
        clearButtonProps={{ "aria-label": t("filter.clearOne", { what: t("filter.phoneId") }) }}
        nothingFoundMessage={t("filter.noNumbers")}
        onChange={(phoneId) => onChange({ phoneId: phoneId ?? "" })}
      />
      {filters.sessionId ? (
        <TextInput
          label={t("filter.sessionId")}
          value={filters.sessionId}
          onChange={(event) => onChange({ sessionId: event.currentTarget.value })}
        />
      ) : null}
    </>
  );
}
