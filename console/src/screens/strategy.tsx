/** D5: one strategy: which leads it takes, who gets them, what that would change, and the step in which it is saved. */
import { ActionIcon, Alert, Box, Button, Card, Container, Grid, Group, List, SegmentedControl, Select, Stack, Switch, Table, Text, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { AccountSelect } from "../account-select";
import { call, Problem } from "../api";
import type { PullStrategyResource, PushStrategyResource, State, Version } from "../api-types";
import { Age, CriteriaEditor } from "../criteria-editor";
import { spelled, STATES, when } from "../format";
import { Icon } from "../icons";
import { fieldsOf, type FieldOf } from "../lead-fields";
import { useNames } from "../names";
import { accountOf, useList, useMe, useRead, useReadAgain } from "../reads";
import { Able, Amount, RecipientsEditor } from "../recipients-editor";
import { Empty, Failed, Rows, Shown } from "../states";
import { bodyOf, CATCH_UP, idOf, isPush, labelsOf, LAST, linesOf, METHOD, newPull, newPush, RESET, type Draft, type Kind, type Line, type Pull, type Push } from "../strategies";
import { Clash, Review } from "../strategy-review";
import { Versions } from "../strategy-versions";
import { WhatIf } from "../strategy-what-if";
import Sure from "../sure";

type Stored = PushStrategyResource | PullStrategyResource;

/** What of a strategy is said differently. */
type Change = Omit<Partial<Push> & Partial<Pull>, "recipients"> & { recipients?: Push["recipients"] | Pull["recipients"] };

/** What was typed and not saved, by user and strategy, until the page is loaded anew: to look something up elsewhere costs nothing. */
const unsaved = new Map<string, { draft: Draft; base: Stored | null }>();

export default function StrategyPage() {
  const { kind = "", id } = useParams();
  if (kind !== "push" && kind !== "pull") return <Empty icon="search" title="There is no such page" />;
  return id === undefined ? <New key={kind} kind={kind} /> : <One key={`${kind} ${id}`} kind={kind} id={id} />;
}

function One({ kind, id }: { kind: Kind; id: string }) {
  const found = useRead(`GET /v1/${kind}-strategies/{id}` as "GET /v1/push-strategies/{id}", { path: { id } }, { fresh: 0 });
  return <Shown query={found} skeleton={<Rows count={8} />}>{(stored) => <Editor kind={kind} stored={stored} />}</Shown>;
}

function New({ kind }: { kind: Kind }) {
  const all = useList(`GET /v1/${kind}-strategies` as "GET /v1/push-strategies");
  return <Shown query={all} skeleton={<Rows count={8} />}>{() => <Editor kind={kind} stored={null} />}</Shown>;
}

function useLeadFields(draft: Draft) {
  const type = useRead("GET /v1/record-types/{id}", { path: { id: draft.record_type } }, { background: true, fresh: 60_000 });
  const sources = useList("GET /v1/sources", {}, { background: true, fresh: 60_000 });
  const dispositions = useList("GET /v1/dispositions", {}, { background: true, fresh: 60_000 });
  return useMemo(() => {
    const choices = {
      state: Object.entries(STATES).map(([value, label]) => ({ value, label })),
      source: [...(sources.data ?? [])].map((each) => ({ value: each.id, label: each.name })),
      last_disposition: (dispositions.data ?? []).map((each) => ({ value: each.id, label: each.label || each.name })),
    };
    return { type: type.data, fields: fieldsOf(type.data, choices), labels: labelsOf(type.data) };
  }, [type.data, sources.data, dispositions.data]);
}

function Editor({ kind, stored }: { kind: Kind; stored: Stored | null }) {
  const navigate = useNavigate();
  const me = useMe();
  const isAdmin = me.data !== undefined && accountOf(me.data).role === "admin";
  const names = useNames();
  const types = useList("GET /v1/record-types", {}, { background: true, fresh: 60_000 });
  const siblings = useList(`GET /v1/${kind}-strategies` as "GET /v1/push-strategies", {}, { background: true });
  const readAgain = useReadAgain();
  const key = [me.data && accountOf(me.data).id, kind, stored?.id].join(" ");
  const kept = unsaved.get(key);
  const [base, setBase] = useState<Stored | null>(kept?.base ?? stored);
  const [draft, setDraft] = useState<Draft>(() => kept?.draft ?? (stored ? bodyOf(stored) : kind === "push" ? newPush(nextPlace(siblings.data)) : newPull(nextPlace(siblings.data))));
  const [refused, setRefused] = useState<unknown>(null);
  const [asking, setAsking] = useState<"review" | "versions" | "reset" | "delete" | null>(null);
  const [busy, setBusy] = useState(false);
  const [clash, setClash] = useState<{ found: Stored; by: { who: string | null; at: string | null; version: number } } | null>(null);
  const { type, fields, labels } = useLeadFields(draft);
  const state = useRead("GET /v1/push-strategies/{id}/state", { path: { id: stored?.id ?? "" } }, { enabled: kind === "push" && stored !== null, every: 60, fresh: 0 });

  const isChanged = base === null ? draft.name !== "" || draft.recipients.length > 0 || draft.criteria.length > 0 : JSON.stringify(bodyOf(base)) !== JSON.stringify(draft);
  useEffect(() => {
    if (!isChanged) unsaved.delete(key);
    else unsaved.set(key, { draft, base });
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    if (isChanged) window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isChanged, draft, base, key]);
  // Somebody else saved it, and nothing has been typed here: what is shown is what is there.
  useEffect(() => {
    if (stored !== null && !isChanged && stored.version !== base?.version) {
      setBase(stored);
      setDraft(bodyOf(stored));
    }
  }, [stored, base, isChanged]);

  const typeName = (id: string) => types.data?.find((each) => each.id === id)?.name ?? id;
  const words = (one: Draft): Line[] => linesOf(one, names.account, typeName, labels);
  const at = (field: string) => messageAt(refused, field);
  const change = (next: Change) => setDraft({ ...draft, ...next } as Draft);
  const list = `GET /v1/${kind}-strategies` as const;
  const again = () => readAgain(list, `GET /v1/${kind}-strategies/{id}`, "GET /v1/push-strategies/{id}/state");

  const save = async () => {
    setBusy(true);
    setRefused(null);
    try {
      const id = base?.id ?? (await freeId(kind, draft.name));
      const saved = (await call(`PUT /v1/${kind}-strategies/{id}` as "PUT /v1/push-strategies/{id}", { path: { id }, body: { ...draft, id } as never, ...(base ? { ifMatch: base.version } : {}) })) as Stored;
      unsaved.delete(key);
      setBase(saved);
      setDraft(bodyOf(saved));
      setAsking(null);
      notifications.show({ color: "green", message: `${saved.name} is saved as version ${saved.version}` });
      await again();
      if (base === null) void navigate(`/strategies/${kind}/${encodeURIComponent(id)}`, { replace: true });
    } catch (error) {
      if (error instanceof Problem && error.status === 412 && base) await meet(base.id);
      else setRefused(error);
      // The messages stand at their fields.
      if (error instanceof Problem && (error.status === 412 || error.status === 422)) setAsking(null);
    }
    setBusy(false);
  };
  const meet = async (id: string) => {
    try {
      const [found, versions] = await Promise.all([
        call(`GET /v1/${kind}-strategies/{id}` as "GET /v1/push-strategies/{id}", { path: { id } }),
        call(`GET /v1/${kind}-strategies/{id}/versions` as "GET /v1/push-strategies/{id}/versions", { path: { id }, query: { limit: 1 } }),
      ]);
      const last: Version | undefined = versions.items[0];
      setClash({ found, by: { who: last?.changed_by ?? null, at: last?.changed_at ?? null, version: found.version } });
    } catch (error) {
      setRefused(error);
    }
  };
  const remove = async () => {
    if (!base) return;
    setBusy(true);
    setRefused(null);
    try {
      await call(`DELETE /v1/${kind}-strategies/{id}` as "DELETE /v1/push-strategies/{id}", { path: { id: base.id }, ifMatch: base.version });
      unsaved.delete(key);
      await navigate("/strategies");
      notifications.show({ color: "green", message: `${base.name} is deleted` });
      await readAgain(list);
    } catch (error) {
      setRefused(error);
      if (error instanceof Problem && error.status === 412) {
        setAsking(null);
        await meet(base.id);
      }
    }
    setBusy(false);
  };
  const reset = async () => {
    if (!base) return;
    setBusy(true);
    try {
      await call("POST /v1/push-strategies/{id}/reset", { path: { id: base.id }, key: crypto.randomUUID() });
      setAsking(null);
      notifications.show({ color: "green", message: `${base.name} begins anew` });
      await again();
    } catch (error) {
      setRefused(error);
    }
    setBusy(false);
  };
  const others = fieldProblems(refused);

  return (
    <Container size="xl" p={0}>
      <Button component={Link} to="/strategies" variant="subtle" size="compact-md" leftSection={<Icon name="back" />} mb="xs">
        All strategies
      </Button>
      <Group justify="space-between" mb="md" gap="xs">
        <div style={{ minWidth: 0 }}>
          <Title order={1} size="h2">
            {draft.name || (kind === "push" ? "New push strategy" : "New pull strategy")}
          </Title>
          <Text c="dimmed">
            {kind === "push" ? "Push: leads are assigned as they come in." : "Pull: leads are lent to whoever asks for the next one."}
            {base && ` Version ${base.version}.`}
          </Text>
        </div>
        <Group gap="xs">
          {isAdmin && base && <Button variant="default" onClick={() => setAsking("versions")}>Versions</Button>}
          {isAdmin && base && kind === "push" && <Button variant="default" onClick={() => setAsking("reset")}>Begin anew</Button>}
          {isAdmin && base && (
            <ActionIcon variant="default" size={36} onClick={() => setAsking("delete")} aria-label="Delete">
              <Icon name="trash" />
            </ActionIcon>
          )}
          {isAdmin && isChanged && base && <Button variant="default" onClick={() => setDraft(bodyOf(base))}>Undo my changes</Button>}
          {isAdmin && <Button disabled={!isChanged} onClick={() => setAsking("review")}>Review and save</Button>}
        </Group>
      </Group>
      {state.data?.warnings.map((each) => (
        <Alert key={each} color="orange" variant="outline" icon={<Icon name="warning" />} mb="sm">
          {each.charAt(0).toUpperCase() + each.slice(1)}.
        </Alert>
      ))}
      {others.length > 0 && (
        <Alert color="red" variant="outline" icon={<Icon name="warning" />} title="Not right yet" mb="sm" role="alert">
          <List size="sm">
            {others.map((each) => (
              <List.Item key={each.field}>
                {fieldWords(each.field, draft, names.account)} {each.message}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {asking === null && refused !== null && others.length === 0 && <Failed error={refused} />}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          {isAdmin ? (
            <Stack gap="lg">
              <Basics draft={draft} types={(types.data ?? []).map((each) => ({ value: each.id, label: each.name }))} at={at} onChange={change} />
              <Section title="Which leads">
                <CriteriaEditor criteria={draft.criteria} fields={fields} labels={labels} at={at} onChange={(criteria) => change({ criteria })} />
              </Section>
              {isPush(draft) ? <OfPush draft={draft} state={state.data} at={at} onChange={change} /> : <OfPull draft={draft} fields={fields} at={at} onChange={change} />}
            </Stack>
          ) : (
            <InWords lines={words(draft)} state={state.data} />
          )}
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Box pos={{ base: "static", md: "sticky" }} top={72} mah={{ base: "none", md: "calc(100vh - 88px)" }} style={{ overflowY: "auto" }}>
            <WhatIf draft={draft} isDraft={isAdmin} fields={fields} labels={labels} type={type} onRefused={setRefused} />
          </Box>
        </Grid.Col>
      </Grid>
      <Review draft={draft} before={base && words(bodyOf(base))} after={words(draft)} opened={asking === "review"} busy={busy} error={asking === "review" && others.length === 0 ? refused : null} onClose={() => setAsking(null)} onSave={() => void save()}
        onRefused={(error) => {
          setRefused(error);
          setAsking(null);
        }} />
      {base && (
        <>
          <Versions kind={kind} id={base.id} now={words(bodyOf(base))} words={words} opened={asking === "versions"} onClose={() => setAsking(null)}
            onRestore={(old) => {
              setDraft(old);
              setAsking("review");
            }} />
          <Sure opened={asking === "delete"} title={`Delete ${base.name}?`} act="Delete" busy={busy} error={refused} onClose={() => setAsking(null)} onSure={() => void remove()}>
            Leads that come in from then on are not given out by it. Those that somebody has stay with them. Its versions are kept.
          </Sure>
          <Sure opened={asking === "reset"} title={`Begin ${base.name} anew?`} act="Begin anew" busy={busy} error={refused} onClose={() => setAsking(null)} onSure={() => void reset()}>
            {isPush(draft) && draft.method === "weighted" ? "The shares are counted from now on, as if nobody had got anything yet." : "The next lead goes to the first recipient of the list."} Limits of the hour and of the day stay as they are.
          </Sure>
          {clash && (
            <Clash was={words(bodyOf(base))} theirs={words(bodyOf(clash.found))} mine={words(draft)} by={clash.by} onClose={() => setClash(null)}
              onMine={() => {
                setBase(clash.found);
                setClash(null);
                setAsking("review");
              }}
              onTheirs={() => {
                setBase(clash.found);
                setDraft(bodyOf(clash.found));
                setClash(null);
                void again();
              }} />
          )}
        </>
      )}
    </Container>
  );
}

/** An id of the name that no strategy has: a new one never takes the place of another. */
async function freeId(kind: Kind, name: string): Promise<string> {
  const taken = new Set<string>();
  for (;;) {
    const id = idOf(name, taken);
    try {
      await call(`GET /v1/${kind}-strategies/{id}` as "GET /v1/push-strategies/{id}", { path: { id } });
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return id;
      throw error;
    }
    taken.add(id);
  }
}

/** After all that are there. */
function nextPlace(all: readonly (PushStrategyResource | PullStrategyResource)[] | undefined): number {
  return Math.min(LAST, 10 + Math.max(0, ...(all ?? []).map((each) => ("order" in each ? each.order : each.priority))));
}

/** Fields of a strategy in a draft are named as those of the strategy itself. */
function fieldProblems(error: unknown): Problem["fields"] {
  return error instanceof Problem && error.status === 422 ? error.fields.map((each) => ({ ...each, field: each.field.replace(/^draft\.\w+\[0\]\./, "") })) : [];
}

function messageAt(error: unknown, field: string): string | undefined {
  return fieldProblems(error).find((each) => each.field === field)?.message;
}

/** "Recipient Ana Ortiz, weight": where a message belongs, for who reads it above the form. */
function fieldWords(field: string, draft: Draft, account: (id: string) => string): string {
  const found = /^(recipients|criteria|order_by)\[(\d+)\](?:\.any\[\d+\])?\.?(\w*)/.exec(field);
  if (!found) return `${spelled(field)}:`;
  const [, list, at, rest] = found;
  const recipient = draft.recipients[Number(at)];
  const what = list === "recipients" && recipient ? `Recipient ${account(typeof recipient === "string" ? recipient : recipient.account)}` : list === "criteria" ? `Criterion ${Number(at) + 1}` : `Order ${Number(at) + 1}`;
  return rest ? `${what}, ${spelled(rest).toLowerCase()}:` : `${what}:`;
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card withBorder component="section" aria-label={title}>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      {children}
    </Card>
  );
}

interface PartProps<D extends Draft> {
  draft: D;
  at: (field: string) => string | undefined;
  onChange: (next: Change) => void;
}

function Basics({ draft, types, at, onChange }: PartProps<Draft> & { types: { value: string; label: string }[] }) {
  return (
    <Section title="What it is">
      <Stack gap="sm">
        <TextInput label="Name" value={draft.name} onChange={(event) => onChange({ name: event.currentTarget.value })} error={at("name")} />
        <AccountSelect label="Gives out leads of" kinds={["corporate", "branch"]} value={draft.distributed_from} onChange={(id) => id && onChange({ distributed_from: id })} error={at("distributed_from")} />
        <Select label="Record type" allowDeselect={false} data={types.length ? types : [draft.record_type]} value={draft.record_type} onChange={(id) => id && onChange({ record_type: id })} error={at("record_type")} />
        <Switch label="Switched on" checked={draft.enabled} onChange={(event) => onChange({ enabled: event.currentTarget.checked })} />
        {isPush(draft) ? (
          <Amount label="Place in the order" description="Of an account's strategies the lowest number is tried first; the list is ordered by dragging, too." value={draft.order} error={at("order")} onChange={(order) => onChange({ order: order ?? 0 })} />
        ) : (
          <Amount label="Priority" description="1 is first: its leads are lent before those of others." value={draft.priority} error={at("priority")} onChange={(priority) => onChange({ priority: priority ?? 0 })} />
        )}
      </Stack>
    </Section>
  );
}

function choices(words: Readonly<Record<string, string>>): { value: string; label: string }[] {
  return Object.entries(words).map(([value, label]) => ({ value, label: spelled(label) }));
}

function OfPush({ draft, state, at, onChange }: PartProps<Push> & { state: State | undefined }) {
  const isWeighted = draft.method === "weighted";
  return (
    <>
      <Section title="How">
        <Stack gap="sm">
          <div>
            <Text size="sm" fw={500} mb={4} id="method">Method</Text>
            <SegmentedControl fullWidth aria-labelledby="method" data={choices(METHOD)} value={draft.method}
              onChange={(method) => onChange({ method: method as Push["method"], catch_up: method === "weighted" ? (draft.catch_up ?? "paced") : null, recipients: draft.recipients.map((each) => ({ ...each, weight: method === "weighted" ? (each.weight ?? 1) : null })) })} />
            <Text size="sm" c="dimmed" mt={4}>
              {isWeighted ? "Each gets the share of the leads that their weight has of all weights." : "Each gets one in their turn, down the list of recipients and again from its top."}
            </Text>
          </div>
          <Select label="Begins anew" allowDeselect={false} data={choices(RESET)} value={draft.reset_interval} onChange={(found) => found && onChange({ reset_interval: found as Push["reset_interval"] })} error={at("reset_interval")} />
          {draft.reset_interval === "last_7_days" && <TextInput label="Counted from" type="date" value={draft.starts_on ?? ""} onChange={(event) => onChange({ starts_on: event.currentTarget.value || null })} error={at("starts_on")} />}
          {isWeighted && <Select label="Who was away gets what they missed" allowDeselect={false} data={choices(CATCH_UP)} value={draft.catch_up ?? "paced"} onChange={(found) => found && onChange({ catch_up: found as Push["catch_up"] })} error={at("catch_up")} />}
          <Amount label="Only to users active within minutes" description="Empty: it does not matter when somebody was last active." value={draft.active_within_minutes} min={1} error={at("active_within_minutes")} onChange={(active_within_minutes) => onChange({ active_within_minutes })} />
          <Amount label="When nobody can take a lead, let it be pulled after minutes" description="Empty: it is held until somebody can." value={draft.when_nobody?.pull_after_minutes} error={at("when_nobody.pull_after_minutes")} onChange={(found) => onChange({ when_nobody: found === null ? null : { pull_after_minutes: found } })} />
          <Amount label="Take a lead back that is not worked within minutes" description="Empty: it stays with whoever got it." value={draft.take_back_after_minutes} min={1} error={at("take_back_after_minutes")} onChange={(take_back_after_minutes) => onChange({ take_back_after_minutes })} />
        </Stack>
      </Section>
      <Section title="Who gets them">
        <RecipientsEditor from={draft.distributed_from} isWeighted={isWeighted} recipients={draft.recipients} state={state} at={at} onChange={(recipients) => onChange({ recipients })} />
        {state && !isWeighted && state.cursor && <NextInTurn id={state.cursor} />}
      </Section>
    </>
  );
}

function NextInTurn({ id }: { id: string }) {
  const { account } = useNames();
  return <Text size="sm" c="dimmed" mt="xs">Next in turn: {account(id)}</Text>;
}

function OfPull({ draft, fields, at, onChange }: PartProps<Pull> & { fields: FieldOf[] }) {
  const { account } = useNames();
  return (
    <>
      <Section title="Which first">
        <OrderBy draft={draft} fields={fields} at={at} onChange={onChange} />
        <Stack gap="sm" mt="sm">
          <Switch label="A lead that has waited too long goes before all others" checked={draft.max_wait !== null} onChange={(event) => onChange({ max_wait: event.currentTarget.checked ? "PT4H" : null })} />
          {draft.max_wait !== null && <Age label="Waited for" value={draft.max_wait} error={at("max_wait")} onChange={(max_wait) => onChange({ max_wait })} />}
        </Stack>
      </Section>
      <Section title="How long, how often">
        <Stack gap="sm">
          <Amount label="Lent for minutes" description="Then it goes back, unless something was recorded." min={1} value={draft.lease_minutes} error={at("lease_minutes")} onChange={(found) => onChange({ lease_minutes: found ?? 15 })} />
          <Amount label="Kept longer up to, in lengths of that" description="Who still talks may keep the lead for so many times as long." min={1} value={draft.max_lease_lengths} error={at("max_lease_lengths")} onChange={(found) => onChange({ max_lease_lengths: found ?? 4 })} />
          <Amount label="Rests after a try for minutes" description="The cool-down; a disposition may say otherwise." value={draft.cool_down_minutes} error={at("cool_down_minutes")} onChange={(found) => onChange({ cool_down_minutes: found ?? 0 })} />
          <Amount label="Tries" description="After so many a lead is lent no more." min={1} value={draft.max_attempts} error={at("max_attempts")} onChange={(found) => onChange({ max_attempts: found ?? 1 })} />
          <Amount label="Pulls of one user an hour" description="Empty: as many as they like." value={draft.hourly_limit} error={at("hourly_limit")} onChange={(hourly_limit) => onChange({ hourly_limit })} />
          <Amount label="Pulls of one user a day" description="Empty: as many as they like." value={draft.daily_limit} error={at("daily_limit")} onChange={(daily_limit) => onChange({ daily_limit })} />
          <Switch label="Only while the lead may be called" checked={draft.calling_hours} onChange={(event) => onChange({ calling_hours: event.currentTarget.checked })} />
        </Stack>
      </Section>
      <Section title="Who may pull them">
        <Stack gap="xs">
          {draft.recipients.map((each, index) => (
            <Group key={each} justify="space-between" wrap="nowrap">
              <div>
                <Text fw={600}>{account(each)}</Text>
                {at(`recipients[${index}]`) && <Text size="sm" c="var(--mantine-color-error)">{at(`recipients[${index}]`)}</Text>}
              </div>
              <ActionIcon variant="subtle" color="gray" size="lg" onClick={() => onChange({ recipients: draft.recipients.toSpliced(index, 1) })} aria-label={`Remove ${account(each)}`}>
                <Icon name="trash" />
              </ActionIcon>
            </Group>
          ))}
          <AccountSelect label="Add a recipient" placeholder="A user, or everybody of a branch" without={draft.recipients} value={null} error={at("recipients")} onChange={(id) => id && onChange({ recipients: [...draft.recipients, id] })} />
        </Stack>
      </Section>
    </>
  );
}

const MOST_ORDERS = 5;

function OrderBy({ draft, fields, at, onChange }: PartProps<Pull> & { fields: FieldOf[] }) {
  const groups = [...new Set(fields.map((each) => each.group))].map((group) => ({ group, items: fields.filter((each) => each.group === group).map((each) => ({ value: each.name, label: each.label })) }));
  const put = (order_by: Pull["order_by"]) => onChange({ order_by });
  const ways = (name: string) => {
    const kind = fields.find((each) => each.name === name)?.kind;
    const [low, high] = kind === "number" ? ["lowest first", "highest first"] : kind === "date" || kind === "datetime" ? ["oldest first", "newest first"] : ["A first", "Z first"];
    return [{ value: "asc", label: low as string }, { value: "desc", label: high as string }];
  };
  return (
    <Stack gap="xs">
      {draft.order_by.map((each, index) => (
        <Group key={index} gap="xs" wrap="nowrap" align="flex-start" role="group" aria-label={`Order ${index + 1}`}>
          <Select aria-label="By" searchable allowDeselect={false} style={{ flex: 1 }} data={groups} value={each.field} error={at(`order_by[${index}].field`)} onChange={(field) => field && put(draft.order_by.with(index, { ...each, field }))} />
          <Select aria-label="Which way" allowDeselect={false} w={140} data={ways(each.field)} value={each.direction ?? "asc"} onChange={(direction) => direction && put(draft.order_by.with(index, { ...each, direction: direction as "asc" | "desc" }))} />
          <ActionIcon variant="subtle" color="gray" size="lg" onClick={() => put(draft.order_by.toSpliced(index, 1))} aria-label={`Remove order ${index + 1}`}>
            <Icon name="trash" />
          </ActionIcon>
        </Group>
      ))}
      {draft.order_by.length < MOST_ORDERS && (
        <Button variant="default" leftSection={<Icon name="plus" />} style={{ alignSelf: "flex-start" }} onClick={() => put([...draft.order_by, { field: "created_at", direction: "desc" }])}>
          {draft.order_by.length === 0 ? "Order by" : "Then by"}
        </Button>
      )}
    </Stack>
  );
}

/** A strategy for who may read it and not change it. */
function InWords({ lines, state }: { lines: Line[]; state: State | undefined }) {
  const { account } = useNames();
  return (
    <Stack>
      <Text c="dimmed">Administrators change strategies; this one as it is now:</Text>
      <Table verticalSpacing="xs" withRowBorders={false}>
        <Table.Tbody>
          {lines.map((each) => (
            <Table.Tr key={each.label}>
              <Table.Th fw={400} c="dimmed" w="35%" pl={0} scope="row" style={{ verticalAlign: "top" }}>
                {each.label}
              </Table.Th>
              <Table.Td pr={0}>
                {each.items.map((item, at) => <div key={at}>{item}</div>)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {state?.recipients.map((each) => (
        <Group key={each.account} gap="xs">
          <Text size="sm">
            {account(each.account)}: {each.day} today
          </Text>
          <Able recipient={each} />
        </Group>
      ))}
      {state && <Text size="sm" c="dimmed">Counted for {when(state.hour)} and {state.day}.</Text>}
    </Stack>
  );
}
