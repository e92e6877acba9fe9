/** What a draft of a strategy would do: to a lead that is made up, to one that is there, and to the last ones. */
import { Anchor, Button, Card, Group, NumberInput, SegmentedControl, Select, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { call, type Answer } from "./api";
import type { Destination, DraftBody, Lead, Preview, RecordTypeResource } from "./api-types";
import { FilingTree, PushTree, type Filing, type Push } from "./decision";
import { count, dateTime, name, spelled, when } from "./format";
import type { FieldOf } from "./lead-fields";
import { Drafted, useNames } from "./names";
import { useList, useRead } from "./reads";
import { Empty, Failed, Rows } from "./states";
import { isPush, type Draft } from "./strategies";

/** The id that a new strategy has while it is tried. */
const NEW = "the-draft";

/** What a draft is called where it is told of. */
export function namesOf(draft: Draft): ReadonlyMap<string, string> {
  return new Map([[draft.id || NEW, draft.name || "This draft"]]);
}

/** A strategy as `explain` and `preview` take it; one without a name or an id yet gets some. */
export function draftOf(draft: Draft): DraftBody {
  const whole = { ...draft, id: draft.id || NEW, name: draft.name || "This draft" };
  return isPush(draft) ? { push_strategies: [whole as unknown as Record<string, unknown>] } : { pull_strategies: [whole as unknown as Record<string, unknown>] };
}

interface Props {
  draft: Draft;
  /** Who may save strategies may try them; others see what the stored ones do. */
  isDraft: boolean;
  fields: FieldOf[];
  labels: ReadonlyMap<string, string>;
  type: RecordTypeResource | undefined;
  /** The server refused the draft: its messages belong to the form. */
  onRefused: (error: unknown) => void;
}

export function WhatIf({ draft, isDraft, fields, labels, type, onRefused }: Props) {
  const [of, setOf] = useState("sample");
  const [found, setFound] = useState<Answer<"POST /v1/explain"> | null>(null);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  // An answer is of what the form said when it was asked.
  const said = JSON.stringify(draft);
  useEffect(() => {
    setFound(null);
    setPreview(null);
  }, [said]);
  const ask = async (request: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    setFound(null);
    setPreview(null);
    onRefused(null);
    try {
      await request();
    } catch (refused) {
      setError(refused);
      onRefused(refused);
    }
    setBusy(false);
  };
  const explain = (lead: { lead: Record<string, unknown> } | { lead_id: string }) => ask(async () => setFound(await call("POST /v1/explain", { body: { ...lead, ...(isDraft ? { draft: draftOf(draft) } : {}) } })));
  return (
    <Card withBorder component="section" aria-label="What would happen">
      <Stack gap="sm">
        <Title order={2} size="h4">
          What would happen to
        </Title>
        <SegmentedControl
          fullWidth
          value={of}
          onChange={(next) => {
            setOf(next);
            setError(null);
          }}
          data={[{ value: "sample", label: "A sample" }, { value: "lead", label: "A lead" }, ...(isDraft ? [{ value: "last", label: "The last 200" }] : [])]}
        />
        {of === "sample" && <Sample draft={draft} fields={fields} type={type} busy={busy} onAsk={(lead) => void explain({ lead })} />}
        {of === "lead" && <Existing busy={busy} onAsk={(id) => void explain({ lead_id: id })} />}
        {of === "last" && (
          <Button variant="default" loading={busy} onClick={() => void ask(async () => setPreview(await call("POST /v1/preview", { body: { draft: draftOf(draft), last: 200 } })))}>
            Try the last leads and the held ones
          </Button>
        )}
        {error !== null && <Failed error={error} />}
        {busy && <Rows count={3} height={20} />}
        <Drafted value={namesOf(draft)}>
        <div aria-live="polite">
          {of !== "last" && found && (
            <Stack gap="sm">
              <PushTree decision={found.push as unknown as Push} labels={labels} />
              <FilingTree filing={found.pull as unknown as Filing} labels={labels} />
            </Stack>
          )}
          {of === "last" && preview && <Effect preview={preview} />}
        </div>
        </Drafted>
        <Text size="sm" c="dimmed">
          {isDraft ? "With what the form says now. Nothing is changed by asking." : "Nothing is changed by asking."}
        </Text>
      </Stack>
    </Card>
  );
}

const FIRST = ["state", "source", "campaign"];
const UNSET = new Set(["created_at", "attempts", "pull_count", "last_disposition", "status", "timezone"]);

/** A lead as a source would send it: the fields that the draft asks for first. */
function Sample({ draft, fields, type, busy, onAsk }: { draft: Draft; fields: FieldOf[]; type: RecordTypeResource | undefined; busy: boolean; onAsk: (lead: Record<string, unknown>) => void }) {
  const [values, setValues] = useState<Record<string, unknown>>({});
  const asked = draft.criteria.flatMap((each) => ("any" in each ? each.any : [each])).map((each) => each.field);
  const names = [...new Set([...asked, ...FIRST, ...(type?.fields ?? []).slice(0, 6).map((each) => `fields.${each.name}`)])].filter((each) => !UNSET.has(each) && !/^(consent|attribution)\./.test(each));
  const shown = names.flatMap((each) => fields.find((one) => one.name === each) ?? []);
  // A source says what its leads are: without one that is chosen, one whose leads this strategy is about.
  const sources = useList("GET /v1/sources", {}, { background: true, fresh: 60_000 }).data?.filter((each) => each.record_type === draft.record_type) ?? [];
  const usual = sources.find((each) => each.id === "api") ?? sources[0];
  const send = () => {
    const lead: Record<string, unknown> = { email: "sample@example.com", ...(usual ? { source: usual.id } : {}) };
    const own: Record<string, unknown> = {};
    for (const { name: key } of shown) {
      const found = values[key];
      if (found === undefined || found === null || found === "") continue;
      if (key.startsWith("fields.")) own[key.slice(7)] = found;
      else lead[key] = found;
    }
    onAsk({ ...lead, fields: own });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Stack gap="xs">
        {shown.map((each) => (
          <SampleValue key={each.name} field={each} value={values[each.name]} onChange={(next) => setValues({ ...values, [each.name]: next })} />
        ))}
        <Button type="submit" variant="default" loading={busy}>
          Show what would happen
        </Button>
      </Stack>
    </form>
  );
}

function SampleValue({ field, value, onChange }: { field: FieldOf; value: unknown; onChange: (value: unknown) => void }) {
  const text = value === undefined || value === null ? "" : String(value);
  if (field.choices) return <Select label={field.label} searchable clearable data={field.choices} value={text || null} onChange={onChange} />;
  if (field.kind === "boolean") return <Select label={field.label} clearable data={[{ value: "true", label: "yes" }, { value: "false", label: "no" }]} value={text || null} onChange={(next) => onChange(next === null ? null : next === "true")} />;
  if (field.kind === "number") return <NumberInput label={field.label} thousandSeparator hideControls value={typeof value === "number" ? value : text} onChange={onChange} />;
  return <TextInput label={field.label} type={field.kind === "date" ? "date" : "text"} value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
}

/** Finds a lead of the company's by its phone, its e-mail or its id. */
function Existing({ busy, onAsk }: { busy: boolean; onAsk: (id: string) => void }) {
  const [text, setText] = useState("");
  const [wanted, setWanted] = useState("");
  const [picked, setPicked] = useState<Lead | null>(null);
  const isEmail = wanted.includes("@");
  const isPhone = !isEmail && /^[+\d\s().-]{7,}$/.test(wanted);
  const found = useRead("GET /v1/leads", { query: { limit: 10, ...(isEmail ? { email: wanted } : isPhone ? { phone: wanted } : {}) } }, { enabled: isEmail || isPhone || wanted === "" });
  const one = useRead("GET /v1/leads/{id}", { path: { id: wanted } }, { enabled: wanted !== "" && !isEmail && !isPhone });
  const query = wanted !== "" && !isEmail && !isPhone ? one : found;
  const leads: Lead[] = query === one ? (one.data ? [one.data] : []) : (found.data?.items ?? []);
  const pick = (lead: Lead) => {
    setPicked(lead);
    onAsk(lead.id);
  };
  if (picked)
    return (
      <Group gap="xs" justify="space-between">
        <Text fw={600}>{name(picked)}</Text>
        <Group gap="xs">
          <Button variant="subtle" size="compact-md" onClick={() => setPicked(null)}>
            Another lead
          </Button>
          <Button variant="default" size="compact-md" loading={busy} onClick={() => pick(picked)}>
            Ask again
          </Button>
        </Group>
      </Group>
    );
  return (
    <Stack gap="xs">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setWanted(text.trim());
        }}
      >
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <TextInput label="Phone, e-mail or id" value={text} onChange={(event) => setText(event.currentTarget.value)} style={{ flex: 1 }} />
          <Button type="submit" variant="default">
            Find
          </Button>
        </Group>
      </form>
      {query.isError ? <Failed error={query.error} /> : query.isPending ? <Rows count={3} height={36} /> : leads.length === 0 ? <Empty icon="search" title="No such lead" /> : null}
      {leads.map((each) => (
        <Button key={each.id} variant="default" justify="space-between" disabled={busy} onClick={() => pick(each)} rightSection={<Text size="sm" c="dimmed">{when(each.created_at)}</Text>}>
          {name(each)}
        </Button>
      ))}
    </Stack>
  );
}

const OUTCOME = { assigned: "", held: "held at ", filed: "to be pulled from ", unmatched: "no strategy, stays at ", spent: "tried as often as it may be, at " } as const;

function Place({ of }: { of: Destination }) {
  const names = useNames();
  return (
    <>
      {OUTCOME[of.outcome]}
      {names.account(of.account)}
      {(of.pull ?? of.strategy) && <Text span size="sm" c="dimmed">{` by ${names.strategy((of.pull ?? of.strategy) as string)}`}</Text>}
    </>
  );
}

const MOST_LISTED = 20;

/** What saving would change: in numbers, from where to where, and which leads. */
export function Effect({ preview }: { preview: Preview }) {
  const { account } = useNames();
  const { summary, differences, problems } = preview;
  const differing = [...preview.held, ...preview.leads].filter((each) => each.differs);
  const without = leftOut(preview);
  return (
    <Stack gap="sm">
      {problems.map((each) => (
        <Text key={each.kind + each.id} c="var(--mantine-color-error)">
          It could not be saved: {each.detail}
        </Text>
      ))}
      <Text>
        {summary.leads === 0 && summary.held === 0
          ? "No leads have come in to try it on, and none is held."
          : `${summary.leads_that_differ} of the last ${count(summary.leads, "lead")} would go elsewhere. ${summary.held === 0 ? "None is held." : `${summary.held_that_differ} of ${count(summary.held, "held lead")} would move at once.`}`}
      </Text>
      {without.length > 0 && <Text fw={600}>{`Would be left without: ${without.map(account).join(", ")}`}</Text>}
      {summary.not_decided > 0 && <Text size="sm" c="dimmed">{count(summary.not_decided, "more lead")} could not be tried in time.</Text>}
      {differences.length > 0 && (
        <Table verticalSpacing={4} layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Now</Table.Th>
              <Table.Th>With the draft</Table.Th>
              <Table.Th ta="right" w={70}>Leads</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {differences.slice(0, MOST_LISTED).map((each, at) => (
              <Table.Tr key={at}>
                <Table.Td><Place of={each.as_is} /></Table.Td>
                <Table.Td><Place of={each.with_draft} /></Table.Td>
                <Table.Td ta="right">{each.leads + each.held}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {differing.length > 0 && (
        <details>
          <summary>Which leads</summary>
          <Stack gap={4} mt="xs">
            {differing.slice(0, MOST_LISTED).map((each) => (
              <Text key={each.lead.id} size="sm">
                <Anchor component={Link} to={`/leads/${each.lead.id}`}>{each.lead.name ?? spelled(each.lead.id)}</Anchor> of {dateTime(each.created_at)}: to <Place of={each.with_draft} />
              </Text>
            ))}
            {differing.length > MOST_LISTED && <Text size="sm" c="dimmed">and {count(differing.length - MOST_LISTED, "more lead")}</Text>}
          </Stack>
        </details>
      )}
      <Text size="sm" c="dimmed">
        Decided as of {when(preview.as_of)}, with today's counts and with who is available now.
      </Text>
    </Stack>
  );
}

/** Who is given some of the leads as it is, and none with the draft. */
function leftOut({ leads, held }: Preview): string[] {
  const given = (side: "as_is" | "with_draft") => new Set([...leads, ...held].filter((each) => each[side].outcome === "assigned").map((each) => each[side].account));
  const still = given("with_draft");
  return [...given("as_is")].filter((each) => !still.has(each));
}
