/** D8: when people may be called, by where they are: looked at, tried, changed, and scheduled for a later day. */
import { Badge, Button, Card, Checkbox, Drawer, Group, NumberInput, Select, Stack, Table, TagsInput, Text, Textarea, TextInput, Title, UnstyledButton } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { call, Problem } from "../api";
import type { CallingRuleBody, CallingRuleResource } from "../api-types";
import { Tester } from "../calling-tester";
import { spelled, state as stateName, STATES } from "../format";
import { History } from "../history";
import { Icon } from "../icons";
import { useList, useMe, useReadAgain } from "../reads";
import { NotSaved, useSave } from "../save";
import { Empty, Failed, Rows, Shown } from "../states";
import { weekOf, weekWords, windowsOf, type Windows } from "../week";
import { WeekEditor } from "../week-editor";
import { WideTable } from "../wide-table";

const COUNTRY_RULE = "us";
const SURE = {
  H: "the law itself, or a law firm's summary",
  M: "three public lists that agree",
  L: "one or two lists, or lists that differ",
} as const;
const AT_FIELDS = ["name", "calls_per_24h", "effective_from", "source"];

/** What a rule is about, for people. */
function place(rule: CallingRuleBody): string {
  if (rule.state) return stateName(rule.state);
  return !rule.country || rule.country === "US" ? "Everywhere else in the United States" : rule.country;
}

/** A day without a time, as people write it. */
function day(text: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${text}T00:00:00Z`));
}

/** What is saved: without what only answers have. */
function bodyOf(found: CallingRuleResource | Record<string, unknown>): CallingRuleBody {
  const { version: _, scheduled: __, ...body } = found as unknown as CallingRuleResource;
  return body;
}

/** What stands in a rule for the day that a body counts from, if anything does: else what counts today. */
function ofTheSameDay(theirs: CallingRuleResource, mine: CallingRuleBody): CallingRuleResource {
  const found = theirs.scheduled?.find((each) => each.effective_from === mine.effective_from);
  return found ? ({ ...found, version: theirs.version } as unknown as CallingRuleResource) : theirs;
}

function scheduledOf(rule: CallingRuleResource): CallingRuleBody[] {
  return (rule.scheduled ?? []).map(bodyOf);
}

export default function Rules() {
  const me = useMe();
  const mayChange = me.data?.permissions.includes("set_up.write") ?? false;
  const rules = useList("GET /v1/calling-rules");
  const [address, setAddress] = useSearchParams();
  const [words, setWords] = useState("");
  const opened = address.get("rule");
  const open = (id: string | null) => setAddress(id === null ? {} : { rule: id });
  const name = (id: string) => rules.data?.find((each) => each.id === id)?.name ?? id;
  return (
    <>
      <Title order={1} size="h2">
        Calling rules
      </Title>
      <Text c="dimmed" mb="sm">
        When people may be called, by where they are. The rules that come with the product are a starting point and no legal advice. Numbers that are never called stand under <Link to="/do-not-call">Do not call</Link>.
      </Text>
      <Tester ruleName={name} />
      <Group justify="space-between" align="flex-end" mt="lg" mb="xs" gap="sm">
        <TextInput flex="1 1 12rem" maw={320} label="Find" placeholder="State or source" leftSection={<Icon name="search" />} value={words} onChange={(event) => setWords(event.currentTarget.value)} />
        {mayChange && rules.data && <Add rules={rules.data} onOpen={open} />}
      </Group>
      <Shown query={rules} skeleton={<Rows count={8} height={44} />}>
        {(all) => {
          const seen = all
            .filter((each) => `${place(each)} ${each.name} ${each.source}`.toLowerCase().includes(words.trim().toLowerCase()))
            .sort((a, b) => Number(Boolean(a.state)) - Number(Boolean(b.state)) || place(a).localeCompare(place(b)));
          const rule = all.find((each) => each.id === opened);
          const isNew = mayChange && opened !== null && !rule && opened.startsWith("us-");
          return (
            <>
              {seen.length ? <Listed rules={seen} onOpen={open} /> : <Empty icon="search" title="No rule is like that">States without a rule of their own have the one of the country.</Empty>}
              <Drawer opened={rule !== undefined || isNew} onClose={() => open(null)} position="right" size="lg" title={rule ? place(rule) : stateName((opened ?? "").slice(3).toUpperCase())}>
                {rule && <Rule key={rule.id} rule={rule} mayChange={mayChange} onClose={() => open(null)} />}
                {isNew && <Editor key={opened} body={newRule(opened, all)} version={null} onSaved={() => undefined} />}
              </Drawer>
            </>
          );
        }}
      </Shown>
    </>
  );
}

/** A state's own rule begins as the country's. */
function newRule(id: string, rules: CallingRuleResource[]): CallingRuleBody {
  const country = rules.find((each) => each.id === COUNTRY_RULE);
  const state = id.slice(3).toUpperCase();
  return { id, name: stateName(state), country: "US", state, windows: country?.windows ?? { "mon-sun": ["08:00", "21:00"] }, source: "", confidence: "H" };
}

function Add({ rules, onOpen }: { rules: CallingRuleResource[]; onOpen: (id: string) => void }) {
  const there = new Set(rules.map((each) => each.state));
  return (
    <Select
      w={240}
      label="A rule for another state"
      placeholder="Choose a state"
      searchable
      value={null}
      onChange={(state) => state && onOpen(`us-${state.toLowerCase()}`)}
      data={Object.entries(STATES)
        .filter(([code]) => !there.has(code))
        .map(([value, label]) => ({ value, label }))}
      nothingFoundMessage="Every state that is called so has one"
    />
  );
}

function Listed({ rules, onOpen }: { rules: CallingRuleResource[]; onOpen: (id: string) => void }) {
  return (
    <WideTable label="Calling rules" miw={820} highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={190}>Where</Table.Th>
          <Table.Th w={260}>Hours, of their own clock</Table.Th>
          <Table.Th ta="right" w={120}>Calls in 24 h</Table.Th>
          <Table.Th w={130}>Since</Table.Th>
          <Table.Th>Source</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rules.map((each) => (
          <Table.Tr key={each.id}>
            <Table.Td>
              <UnstyledButton onClick={() => onOpen(each.id)} c="var(--mantine-color-anchor)" td="underline" fz="sm">
                {place(each)}
              </UnstyledButton>
              {scheduledOf(each).map((later) => (
                <Badge key={later.effective_from} variant="dot" color="orange" tt="none" display="block" mt={4}>
                  changes {later.effective_from && day(later.effective_from)}
                </Badge>
              ))}
            </Table.Td>
            <Table.Td>{weekWords(weekOf(each.windows))}</Table.Td>
            <Table.Td ta="right" className="figures">
              {each.calls_per_24h ?? "any"}
            </Table.Td>
            <Table.Td>{each.effective_from ? day(each.effective_from) : "always"}</Table.Td>
            <Table.Td>
              <Text size="sm">{each.source || "none named"}</Text>
              <Text size="xs" c="dimmed">
                {SURE[each.confidence]}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}

/** A rule as it is now, and those that take its place on later days. */
function Rule({ rule, mayChange, onClose }: { rule: CallingRuleResource; mayChange: boolean; onClose: () => void }) {
  const later = scheduledOf(rule);
  const [chosen, setChosen] = useState<string | null>(null);
  const [saves, setSaves] = useState(0);
  // The version of the last save, which what is read may not have yet.
  const [known, setKnown] = useState(0);
  const body = later.find((each) => each.effective_from === chosen) ?? bodyOf(rule);
  return (
    <Stack>
      {later.length > 0 && (
        <Card withBorder component="section" aria-label="Later">
          <Stack gap="xs">
            <Text size="sm" fw={600}>
              Scheduled
            </Text>
            {later.map((each) => (
              <Later key={each.effective_from} rule={rule} body={each} mayChange={mayChange} isChosen={chosen === each.effective_from} onChoose={() => setChosen(chosen === each.effective_from ? null : (each.effective_from ?? null))} />
            ))}
          </Stack>
        </Card>
      )}
      {mayChange ? (
        <Editor
          key={`${saves} ${chosen ?? ""}`}
          body={body}
          version={Math.max(rule.version, known)}
          onSaved={(saved, isAnother) => {
            setKnown(saved.version);
            setChosen(null);
            if (isAnother) setSaves(saves + 1);
          }}
        />
      ) : (
        <Read body={body} />
      )}
      {mayChange && <History kind="calling-rules" id={rule.id} />}
      {mayChange && rule.id !== COUNTRY_RULE && <Remove rule={rule} label="Delete this rule" done={`${place(rule)} has the country's rule now`} onDone={onClose} />}
    </Stack>
  );
}

function Later({ rule, body, mayChange, isChosen, onChoose }: { rule: CallingRuleResource; body: CallingRuleBody; mayChange: boolean; isChosen: boolean; onChoose: () => void }) {
  const from = body.effective_from ?? "";
  return (
    <Group justify="space-between" gap="xs">
      <Text size="sm" flex="1 1 12rem">
        <b>From {day(from)}</b>: {weekWords(weekOf(body.windows))}
      </Text>
      <Button size="compact-sm" variant="default" onClick={onChoose}>
        {isChosen ? "Back to today's" : mayChange ? "Change" : "Look"}
      </Button>
      {mayChange && <Remove rule={rule} from={from} label="Remove" done={`The rule of ${day(from)} was removed`} />}
    </Group>
  );
}

/** For who may look only. */
function Read({ body }: { body: CallingRuleBody }) {
  const told: [string, string | undefined][] = [
    ["Hours", weekWords(weekOf(body.windows))],
    ["Counts from", body.effective_from ? day(body.effective_from) : "always"],
    ["Calls in 24 hours, to a phone", body.calls_per_24h ? String(body.calls_per_24h) : "any number"],
    ["Source", body.source || "none named"],
    ["How sure that is", SURE[body.confidence ?? "H"]],
    ["Days without calls", body.closed_on?.map(day).join(", ")],
    ["Holidays besides the public ones", body.also_holidays?.join(", ")],
    ["The law exempts", [body.exempt_with_consent && "who agreed to be called", body.exempt_with_relationship && "who is a customer"].filter(Boolean).join(", ")],
  ];
  return (
    <>
      {told.map(
        ([label, text]) =>
          text && (
            <div key={label}>
              <Text size="sm" c="dimmed">
                {label}
              </Text>
              <Text>{text}</Text>
            </div>
          ),
      )}
    </>
  );
}

/** Deletes the rule, or what was scheduled for a day; asks once more. */
function Remove({ rule, from, label, done, onDone }: { rule: CallingRuleResource; from?: string; label: string; done: string; onDone?: () => void }) {
  const [asks, setAsks] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const again = useReadAgain();
  const remove = async () => {
    setBusy(true);
    setError(null);
    try {
      await call("DELETE /v1/calling-rules/{id}", { path: { id: rule.id }, query: { effective_from: from }, ifMatch: rule.version });
      notifications.show({ color: "green", message: done });
      onDone?.();
      await again("GET /v1/calling-rules", "GET /v1/calling-rules/{id}/versions");
    } catch (failure) {
      setError(failure);
      if (failure instanceof Problem && failure.status === 412) void again("GET /v1/calling-rules");
    }
    setBusy(false);
    setAsks(false);
  };
  return (
    <>
      {error !== null && <Failed error={error} />}
      {asks ? (
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={() => setAsks(false)}>
            Keep it
          </Button>
          <Button size="compact-sm" color="red" loading={busy} onClick={() => void remove()}>
            {label}, really
          </Button>
        </Group>
      ) : (
        <Button size="compact-sm" variant="outline" color="red" onClick={() => setAsks(true)} style={{ alignSelf: "flex-start" }}>
          {label}
        </Button>
      )}
    </>
  );
}

/** version: of the rule as a whole; null for one that is not there yet. onSaved: isAnother: for another day than the one that was opened. */
function Editor({ body, version, onSaved }: { body: CallingRuleBody; version: number | null; onSaved: (saved: CallingRuleResource, isAnother: boolean) => void }) {
  const [draft, setDraft] = useState(body);
  // What was looked at: a rule that is read again meanwhile changes nothing here.
  const [base, setBase] = useState(version);
  const [week, setWeek] = useState(weekOf(body.windows));
  const saving = useSave("calling-rules", ofTheSameDay);
  const edit = (change: Partial<CallingRuleBody>) => setDraft((before) => ({ ...before, ...change }));
  const below = (field: string) => (saving.error instanceof Problem ? saving.error.fields.filter((each) => each.field.startsWith(field)) : []);
  const of = (field: string, values: readonly string[] = []) =>
    below(field)
      .map((each) => `${values[Number(/\[(\d+)\]/.exec(each.field)?.[1] ?? -1)] ?? ""} ${each.message}`.trim())
      .join("; ");
  const isLater = (draft.effective_from ?? null) !== (body.effective_from ?? null);
  const saved = (rule: CallingRuleResource) => {
    notifications.show({ color: "green", message: "The rule was saved" });
    setBase(rule.version);
    onSaved(rule, isLater);
  };
  const save = async () => {
    const rule = await saving.save({ ...draft, windows: windowsOf(week) }, base);
    if (rule) saved(rule);
  };
  const take = (theirs: CallingRuleResource) => {
    setDraft(bodyOf(theirs));
    setWeek(weekOf(theirs.windows));
    setBase(theirs.version);
  };
  return (
    <Stack>
      <WeekEditor week={week} onChange={setWeek} errors={below("windows").map(weekProblem)} />
      <TextInput
        type="date"
        label="Counts from"
        description={isLater ? "Saved as a rule of its own: what counts until that day stays." : "Another day makes a rule of its own that takes over then."}
       
        value={draft.effective_from ?? ""}
        onChange={(event) => edit({ effective_from: event.currentTarget.value || null })}
        error={saving.at("effective_from")}
      />
      <NumberInput label="Calls in 24 hours, to a phone" placeholder="Any number" min={1} max={100} allowDecimal={false} value={draft.calls_per_24h ?? ""} onChange={(found) => edit({ calls_per_24h: typeof found === "number" ? found : null })} error={saving.at("calls_per_24h")} />
      <Textarea label="Source" placeholder="The law, its section" autosize value={draft.source ?? ""} onChange={(event) => edit({ source: event.currentTarget.value })} error={saving.at("source")} />
      <Select label="How sure that is" allowDeselect={false} value={draft.confidence ?? "H"} onChange={(found) => edit({ confidence: found as CallingRuleBody["confidence"] })} data={Object.entries(SURE).map(([value, label]) => ({ value, label }))} />
      <TagsInput label="Days without calls" description="Each as 2027-01-20" value={draft.closed_on ?? []} onChange={(found) => edit({ closed_on: found })} error={of("closed_on", draft.closed_on)} />
      <TagsInput label="Holidays of every year besides the public ones" description="Each as 07-24, month and day" value={draft.also_holidays ?? []} onChange={(found) => edit({ also_holidays: found })} error={of("also_holidays", draft.also_holidays)} />
      <Checkbox label="The law exempts who agreed to be called" description="Shown, and never acted on" checked={draft.exempt_with_consent ?? false} onChange={(event) => edit({ exempt_with_consent: event.currentTarget.checked })} />
      <Checkbox label="The law exempts who is a customer" description="Shown, and never acted on" checked={draft.exempt_with_relationship ?? false} onChange={(event) => edit({ exempt_with_relationship: event.currentTarget.checked })} />
      {draft.id === COUNTRY_RULE && (
        <Select
          label="Somebody who could be in several zones"
          allowDeselect={false}
         
          value={draft.ambiguous ?? "strictest"}
          onChange={(found) => edit({ ambiguous: found as CallingRuleBody["ambiguous"] })}
          data={[
            { value: "strictest", label: "is called when every one of them allows it" },
            { value: "company", label: "is presumed to be in the company's zone" },
          ]}
        />
      )}
      <NotSaved saving={saving} fields={[...AT_FIELDS, ...errorFields(saving.error)]} say={(field, found) => (field === "windows" ? weekWords(weekOf(found as Windows)) : null)} onTake={take} onSaved={saved} />
      <Button loading={saving.busy} onClick={() => void save()} style={{ alignSelf: "flex-start" }}>
        {isLater ? "Save it for that day" : "Save"}
      </Button>
    </Stack>
  );
}

/** What is wrong with a day's hours, in the words of the editor. */
function weekProblem({ field, code, message }: Problem["fields"][number]): string {
  const days = spelled(/^windows\.([\w-]+)/.exec(field)?.[1]?.replace("-", " to ") ?? "Hours");
  return `${days}: ${code === "empty_window" ? "must begin before it ends" : field.endsWith("]") ? "needs both times" : message}`;
}

/** Fields of lists, each of which shows its own messages. */
function errorFields(error: unknown): string[] {
  return error instanceof Problem ? error.fields.map((each) => each.field).filter((each) => /^(windows|closed_on|also_holidays)/.test(each)) : [];
}
