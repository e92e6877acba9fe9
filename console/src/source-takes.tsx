/** D7: which leads of a source are taken, how many and for how much, and what is said of those that are not. */
import { ActionIcon, Button, Card, Fieldset, Group, NumberInput, Select, Stack, Switch, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import { Problem } from "./api";
import type { AcceptanceBody, CapBody, SourceResource } from "./api-types";
import { CriteriaEditor, Single } from "./criteria-editor";
import { spelled, STATES } from "./format";
import { Icon } from "./icons";
import { fieldsOf, type FieldOf } from "./lead-fields";
import { useRead } from "./reads";
import { bodyOf, NotSaved, UndoOrSave, useEditing } from "./save";
import { labelsOf } from "./strategies";
import { WeekEditor } from "./week-editor";
import { weekOf, windowsOf, type Week } from "./week";
import { noLeadWords } from "./words";

type Accepts = Required<AcceptanceBody>;
type Default = string | number | boolean;
const ALL: Accepts = { criteria: [], caps: [], hours: null, refuse_duplicates: false };
const WORK = { days: { mon: ["09:00", "17:00"], tue: ["09:00", "17:00"], wed: ["09:00", "17:00"], thu: ["09:00", "17:00"], fri: ["09:00", "17:00"], sat: null, sun: null }, holiday: undefined } satisfies Week;
const TAKING = { open: "Takes leads", closed: "Takes none" };
const REASONS = ["outside_criteria", "out_of_hours", "over_cap", "over_budget", "duplicate", "no_consent", "do_not_call"];
/** What an offer can have that is not decided by what happened to it since. */
const LATER = new Set(["attempts", "pull_count", "last_disposition", "status", "source", "created_at"]);
const FILLED = new Set(["state", "postal_code", "campaign", "channel"]);
const MOST_CAPS = 10;

export default function Takes({ source, mayChange }: { source: SourceResource; mayChange: boolean }) {
  const type = useRead("GET /v1/record-types/{id}", { path: { id: source.record_type } }, { background: true, fresh: 60_000 });
  const editing = useEditing("sources", source, `sources/${source.id}/takes`, () => "It takes leads so from now on");
  const { draft, edit, saving } = editing;
  const found: Accepts = { ...ALL, ...draft.acceptance };
  const states = Object.entries(STATES).map(([value, label]) => ({ value, label }));
  const fields = fieldsOf(type.data, { state: states }).filter((each) => !LATER.has(each.name));
  const change = (to: Partial<Accepts>) => {
    if (saving.error) saving.forget();
    edit({ acceptance: { ...found, ...to } });
  };
  const at = (field: string) => saving.at(`acceptance.${field}`);
  const wrong = saving.error instanceof Problem ? saving.error.fields : [];
  const ofHours = wrong.filter((each) => each.field.startsWith("acceptance.hours"));
  const save = () => {
    const defaults = Object.fromEntries(Object.entries(draft.defaults).filter(([, value]) => value !== "" && value !== null));
    return editing.save({ ...bodyOf(draft), defaults });
  };
  return (
    <Stack maw={720}>
      <Fieldset variant="unstyled" disabled={!mayChange}>
        <Stack>
          <Card withBorder component="section">
            <Title order={2} size="h4" mb="xs">
              Which leads it takes
            </Title>
            <CriteriaEditor criteria={found.criteria} fields={fields} labels={labelsOf(type.data)} onChange={(criteria) => change({ criteria })} at={at} />
            <Switch mt="md" size="md" label="Refuse somebody whom we have already" description="By what makes people the same in this kind of lead" checked={found.refuse_duplicates} onChange={(event) => change({ refuse_duplicates: event.currentTarget.checked })} />
          </Card>
          <Card withBorder component="section">
            <Title order={2} size="h4" mb="xs">
              How many, and for how much
            </Title>
            <Stack gap="sm" mb="md">
              <NumberInput label="A lead costs" maw={200} min={0} decimalScale={4} thousandSeparator placeholder="nothing known" value={draft.cost ?? ""} onChange={(cost) => edit({ cost: cost === "" ? null : Number(cost) })} error={saving.at("cost")} />
              <Switch size="md" label="A post may say otherwise" description="What it says that the lead costs then counts, also against the limits" checked={draft.trust_posted_cost} onChange={(event) => edit({ trust_posted_cost: event.currentTarget.checked })} />
            </Stack>
            <Caps caps={found.caps} onChange={(caps) => change({ caps })} at={at} mayChange={mayChange} />
          </Card>
          <Card withBorder component="section">
            <Title order={2} size="h4" mb="xs">
              When
            </Title>
            <Stack gap="sm">
              <Switch size="md" label="At certain hours only" description="In the time of whom its leads belong to" checked={found.hours !== null} onChange={(event) => change({ hours: event.currentTarget.checked ? windowsOf(WORK) : null })} />
              {found.hours !== null && <WeekEditor week={weekOf(found.hours)} words={TAKING} hasHolidays={false} onChange={(week) => change({ hours: windowsOf(week) })} errors={ofHours.map((each) => each.message)} />}
            </Stack>
          </Card>
          <Card withBorder component="section">
            <Title order={2} size="h4" mb="xs">
              Where a post does not say
            </Title>
            <Defaults defaults={draft.defaults} fields={fields.filter((each) => FILLED.has(each.name) || each.name.startsWith("fields."))} onChange={(defaults) => edit({ defaults })} at={(name) => saving.at(`defaults.${name}`)} mayChange={mayChange} />
          </Card>
          {saving.conflict || saving.error !== null ? <NotSaved saving={saving} fields={wrong.map((each) => each.field).filter((each) => /^cost$|^acceptance\.(criteria|caps|hours)|^defaults\./.test(each))} onTake={editing.reset} onSaved={editing.saved} /> : null}
          {mayChange && <UndoOrSave of={editing} onSave={() => void save()} />}
        </Stack>
      </Fieldset>
      <Refusals />
    </Stack>
  );
}

function Caps({ caps, onChange, at, mayChange }: { caps: readonly CapBody[]; onChange: (caps: CapBody[]) => void; at: (field: string) => string | undefined; mayChange: boolean }) {
  const put = (here: number, to: Partial<CapBody>) => onChange(caps.with(here, { ...(caps[here] as CapBody), ...to }));
  return (
    <Stack gap="sm">
      {caps.length === 0 && <Text c="dimmed">As many as there are.</Text>}
      {caps.map((cap, here) => (
        <Group key={here} gap="xs" align="flex-start" role="group" aria-label={`Limit ${here + 1}`}>
          <Select label="In a" w={110} allowDeselect={false} value={cap.per} onChange={(per) => put(here, { per: per as CapBody["per"] })} data={[{ value: "day", label: "day" }, { value: "month", label: "month" }]} error={at(`caps[${here}].per`)} />
          <NumberInput label="at most leads" w={140} min={0} allowDecimal={false} thousandSeparator placeholder="any number" value={cap.leads ?? ""} onChange={(leads) => put(here, { leads: leads === "" ? null : Number(leads) })} error={at(`caps[${here}].leads`) ?? at(`caps[${here}]`)} />
          <NumberInput label="for at most" w={140} min={0} decimalScale={4} thousandSeparator placeholder="any money" value={cap.cost ?? ""} onChange={(cost) => put(here, { cost: cost === "" ? null : Number(cost) })} error={at(`caps[${here}].cost`)} />
          {mayChange && (
            <ActionIcon variant="subtle" color="gray" size="lg" mt={26} aria-label={`Remove limit ${here + 1}`} onClick={() => onChange(caps.toSpliced(here, 1))}>
              <Icon name="trash" />
            </ActionIcon>
          )}
        </Group>
      ))}
      {mayChange && caps.length < MOST_CAPS && (
        <Button variant="default" leftSection={<Icon name="plus" />} style={{ alignSelf: "flex-start" }} onClick={() => onChange([...caps, { per: caps.some((each) => each.per === "day") ? "month" : "day", leads: null, cost: null }])}>
          Add a limit
        </Button>
      )}
    </Stack>
  );
}

function Defaults({ defaults, fields, onChange, at, mayChange }: { defaults: Record<string, Default>; fields: FieldOf[]; onChange: (defaults: Record<string, Default>) => void; at: (name: string) => string | undefined; mayChange: boolean }) {
  const [adds, setAdds] = useState<string | null>(null);
  const free = fields.filter((each) => !(each.name in defaults));
  return (
    <Stack gap="sm">
      {Object.keys(defaults).length === 0 && <Text c="dimmed">Then it is blank. Add what every lead of this source is, such as its campaign.</Text>}
      {Object.entries(defaults).map(([name, value]) => {
        const field = fields.find((each) => each.name === name) ?? { name, label: spelled(name.replace(/^fields\./, "")), kind: "text" as const, group: "" };
        return (
          <Group key={name} gap="xs" wrap="nowrap" align="flex-start">
            <Text w={150} pt={6} style={{ overflowWrap: "anywhere" }}>
              {field.label} is
            </Text>
            <div style={{ flex: 1, minWidth: 0 }}>
              <Single field={field} label={`${field.label} is`} value={value} error={at(name)} onChange={(next) => onChange({ ...defaults, [name]: (next ?? "") as Default })} />
            </div>
            {mayChange && (
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`${field.label}: blank again`} onClick={() => onChange(Object.fromEntries(Object.entries(defaults).filter(([each]) => each !== name)))}>
                <Icon name="trash" />
              </ActionIcon>
            )}
          </Group>
        );
      })}
      {mayChange && free.length > 0 && (
        <Select
          aria-label="Say what else is"
          placeholder="Say what else is…"
          searchable
          maw={260}
          value={adds}
          data={free.map((each) => ({ value: each.name, label: each.label }))}
          onChange={(name) => {
            if (name) onChange({ ...defaults, [name]: "" });
            setAdds(null);
          }}
        />
      )}
    </Stack>
  );
}

function Refusals() {
  return (
    <Card withBorder component="section">
      <Title order={2} size="h4" mb="xs">
        What the sender is told of one that is not taken
      </Title>
      <Text c="dimmed" mb="xs">
        It is no lead, counts against no limit and costs nothing. It stands under What it sent for 7 days, where it can be made a lead all the same.
      </Text>
      <Table layout="fixed" verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="40%">Reason</Table.Th>
            <Table.Th>Because</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {REASONS.map((each) => (
            <Table.Tr key={each}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{each}</Table.Td>
              <Table.Td>{noLeadWords(each)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}
