/** D9: one file of leads: what its columns are for, how far it is, what was left out and why. */
import { Alert, Anchor, Badge, Button, Card, Group, List, Progress, Select, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { call } from "../api";
import type { Column, LeadImport, RecordTypeResource, Said, Tried, TriedRow } from "../api-types";
import { count, phone, spelled, state, value, when } from "../format";
import { Icon } from "../icons";
import { useNames } from "../names";
import { keyOf, useList, useRead, useReadAgain } from "../reads";
import { Failed, Rows, Shown } from "../states";
import { WideTable } from "../wide-table";
import { importWords } from "../words";

const EVERY_MS = 2000;
const LEFT_OUT = "";
/** Beside the record type's fields; the words of the API. */
const OF_A_LEAD: Record<string, string> = {
  name: "Whole name",
  first_name: "First name",
  last_name: "Last name",
  email: "E-mail",
  phone: "Phone",
  state: "State",
  postal_code: "Postal code",
  external_id: "Its id elsewhere",
  campaign: "Campaign",
  channel: "Channel",
  cost: "What it cost",
  created_at: "When it came into being",
};
const OF_CONSENT: Record<string, string> = {
  "consent.text": "What they agreed to",
  "consent.at": "When they agreed",
  "consent.ip": "Their address on the internet then",
  "consent.page": "The page where they agreed",
  "consent.certificate": "The certificate of it",
};

export default function OneImport() {
  const { id = "" } = useParams();
  const route = "GET /v1/imports/{id}";
  const found = useQuery({
    queryKey: keyOf(route, { path: { id } }),
    queryFn: ({ signal }) => call(route, { path: { id }, background: true, signal }),
    refetchInterval: ({ state }) => (state.data?.status === "running" || isLookedAt(state.data) ? EVERY_MS : false),
  });
  return (
    <>
      <Anchor component={Link} to="/imports" size="sm">
        <Group gap={4}>
          <Icon name="back" size={16} /> Imports
        </Group>
      </Anchor>
      <Title order={1} size="h2" mb="sm">
        Import
      </Title>
      <Shown query={found} skeleton={<Rows count={6} height={44} />}>
        {(seen) => <One seen={seen} />}
      </Shown>
    </>
  );
}

/** Whether the server makes its file ready to be read. */
function isLookedAt(seen: LeadImport | undefined): boolean {
  return seen?.status === "waiting_for_file" && seen.reason === null;
}

/** Whether it can be read once somebody has said what a column is for. */
function canBeMapped(seen: LeadImport): boolean {
  return seen.status === "waiting_for_file" && seen.columns.length > 0;
}

function One({ seen }: { seen: LeadImport }) {
  const { account } = useNames();
  const sources = useList("GET /v1/sources", {}, { background: true, fresh: 60_000 });
  const source = sources.data?.find((each) => each.id === seen.source)?.name ?? seen.source;
  return (
    <Stack gap="md">
      <Group gap="xs">
        <Badge variant="dot" tt="none" size="lg" color={seen.status === "failed" ? "red" : seen.status === "done" ? "green" : "gray"}>
          {importWords(seen.status)}
        </Badge>
        <Text size="sm" c="dimmed">
          from {source}, begun by {account(seen.by)} {when(seen.created_at)}
          {seen.finished_at && `, over ${when(seen.finished_at)}`}
        </Text>
      </Group>
      {isLookedAt(seen) && (
        <Alert variant="outline" color="gray" icon={<Icon name="import" />} title="Waiting for its file" role="status">
          A workbook takes a few seconds until it can be read. If the upload was stopped, <Link to="/imports">upload the file again</Link>.
        </Alert>
      )}
      {seen.status === "waiting_for_file" && seen.reason !== null && (
        <Alert variant="outline" color="red" icon={<Icon name="warning" />} title={canBeMapped(seen) ? "Which column is for the phone, or the e-mail?" : "The file cannot be read"} role="alert">
          {seen.reason}. <Link to="/imports">Upload another</Link>
        </Alert>
      )}
      {seen.status === "failed" && (
        <Alert variant="outline" color="red" icon={<Icon name="warning" />} title="It could not go on" role="alert">
          {seen.reason ?? "Nothing more is known."} What is in stays in; imported again, the same rows add nothing.
        </Alert>
      )}
      {seen.status === "ready" || canBeMapped(seen) ? <Columns seen={seen} /> : seen.started_at !== null && <HowFar seen={seen} />}
      {seen.notes.length > 0 && (
        <Alert variant="outline" color="gray" title="What was assumed">
          <List size="sm">
            {seen.notes.map((each) => (
              <List.Item key={each}>{each}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      {seen.started_at !== null && <LeftOut seen={seen} />}
      {seen.warnings.length > 0 && <Warnings seen={seen} />}
    </Stack>
  );
}

/** What each column is for, to be changed by choosing, a trial, and the start. */
function Columns({ seen }: { seen: LeadImport }) {
  const type = useRead("GET /v1/record-types/{id}", { path: { id: seen.record_type } }, { background: true });
  const [changed, setChanged] = useState<ReadonlyMap<string, string | null>>(new Map());
  const [trial, setTrial] = useState<Tried | null>(null);
  const [busy, setBusy] = useState<"try" | "start" | null>(null);
  const [error, setError] = useState<unknown>(null);
  const again = useReadAgain();
  const body = changed.size ? { mapping: Object.fromEntries(changed) } : {};
  const path = { id: seen.import_id };
  const act = async (what: "try" | "start", done: () => Promise<unknown>) => {
    setBusy(what);
    setError(null);
    try {
      await done();
    } catch (failure) {
      setError(failure);
    }
    setBusy(null);
  };
  const tryIt = () => act("try", async () => setTrial(await call("POST /v1/imports/{id}/try", { path, body })));
  const start = () =>
    act("start", async () => {
      await call("POST /v1/imports/{id}/start", { path, key: crypto.randomUUID(), body });
      await again("GET /v1/imports/{id}", "GET /v1/imports");
    });
  const change = (found: ReadonlyMap<string, string | null>) => {
    setChanged(found);
    setTrial(null);
  };
  return (
    <>
      <Text>Nothing has come in yet. Look at what each column is for, change what is wrong, and start.</Text>
      <Table verticalSpacing="xs" layout="fixed" maw={900}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Column, with examples</Table.Th>
            <Table.Th>Is for</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {seen.columns.map((each, at) => (
            <Table.Tr key={at}>
              <Table.Th scope="row">
                {each.heading || `column ${at + 1}`}
                <Text size="sm" c="dimmed" lineClamp={2}>
                  {each.examples.join(" · ") || "nothing"}
                </Text>
              </Table.Th>
              <Table.Td>
                <Meaning column={each} type={type.data} value={changed.has(each.heading) ? (changed.get(each.heading) ?? null) : each.suggested} onChange={(to) => change(new Map(changed).set(each.heading, to))} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {error !== null && <Failed error={error} />}
      <Group>
        <Button size="md" variant="default" loading={busy === "try"} onClick={() => void tryIt()}>
          Try the first rows
        </Button>
        <Button size="md" loading={busy === "start"} onClick={() => void start()}>
          Start the import
        </Button>
        {changed.size > 0 && (
          <Button size="md" variant="default" onClick={() => change(new Map())}>
            As suggested
          </Button>
        )}
      </Group>
      {trial && <Trial trial={trial} type={type.data} />}
    </>
  );
}

const OUTCOME: Record<TriedRow["outcome"], [string, string]> = {
  taken: ["comes in", "green"],
  here_already: ["is here already", "gray"],
  left_out: ["is left out", "red"],
};

/** What would become of the first rows. */
function Trial({ trial, type }: { trial: Tried; type: RecordTypeResource | undefined }) {
  return (
    <div>
      <Title order={2} size="h4">
        As the first {count(trial.rows.length, "row")} would come in
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        Nothing has come in. Whether a row is of somebody who is a lead already shows when it does.
      </Text>
      <WideTable label="The first rows" miw={760}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={70} ta="right">
              Line
            </Table.Th>
            <Table.Th w={140}>It</Table.Th>
            <Table.Th>Who</Table.Th>
            <Table.Th>What else</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {trial.rows.map((row) => (
            <Table.Tr key={row.line}>
              <Table.Td ta="right" className="figures">
                {row.line.toLocaleString()}
              </Table.Td>
              <Table.Td>
                <Badge variant="dot" tt="none" color={OUTCOME[row.outcome][1]}>
                  {OUTCOME[row.outcome][0]}
                </Badge>
              </Table.Td>
              <Table.Td>{row.lead && <Who lead={row.lead} />}</Table.Td>
              <Table.Td>
                {row.reason}
                {row.lead && [...others(row.lead, type), row.created_at && `came into being ${when(row.created_at)}`].filter(Boolean).join(" · ")}
                {row.warnings.map((each) => (
                  <Text key={each.field + each.message} size="sm" c="dimmed">
                    {spelled(each.field.replace(/^fields\./, ""))}: {each.message}
                  </Text>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </div>
  );
}

function Who({ lead }: { lead: Said }) {
  const contacts = [...lead.phones.map((each) => phone(each.value)), ...lead.emails.map((each) => each.value)];
  return (
    <>
      {[lead.first_name, lead.last_name].filter(Boolean).join(" ")}
      <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {contacts.join(" · ")}
      </Text>
    </>
  );
}

/** What a lead says beside who it is, each with what it is called. */
function others(lead: Said, type: RecordTypeResource | undefined): string[] {
  const fields = new Map(type?.fields.map((each) => [each.name, each]));
  const own = Object.entries(lead.fields).map(([name, found]) => `${fields.get(name)?.label || spelled(name)}: ${value(found, fields.get(name))}`);
  const known = (["state", "postal_code", "campaign", "channel", "cost"] as const).filter((name) => lead[name] !== null);
  return [...known.map((name) => `${OF_A_LEAD[name]}: ${name === "state" ? state(String(lead.state)) : String(lead[name])}`), ...own];
}

function Meaning({ column, type, value, onChange }: { column: Column; type: RecordTypeResource | undefined; value: string | null; onChange: (to: string | null) => void }) {
  const fields = new Map((type?.fields ?? []).map((each) => [`fields.${each.name}`, each.label || spelled(each.name)]));
  // Where a column goes that no field has: one of its own, named like it.
  const own = `fields.${column.heading.trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "_").replace(/^_+|_+$/g, "")}`;
  const others = [column.suggested, value, own === "fields." ? null : own].filter((each): each is string => each !== null && !(each in OF_A_LEAD) && !(each in OF_CONSENT) && !fields.has(each));
  const items = (found: Iterable<[string, string]>) => [...found].map(([target, label]) => ({ value: target, label }));
  return (
    <Select
      aria-label={`What ${column.heading} is for`}
      searchable
      allowDeselect={false}
      disabled={!column.heading}
      value={value ?? LEFT_OUT}
      onChange={(to) => onChange(to || null)}
      data={[
        { value: LEFT_OUT, label: "Nothing: it is left out" },
        { group: "The lead", items: items(Object.entries(OF_A_LEAD)) },
        ...(fields.size ? [{ group: type?.name ?? "Fields", items: items(fields) }] : []),
        { group: "A value of its own", items: [...new Set(others)].map((each) => ({ value: each, label: `${spelled(each.replace(/^fields\./, ""))} (kept as it is)` })) },
        { group: "Consent", items: items(Object.entries(OF_CONSENT)) },
      ]}
      nothingFoundMessage="Nothing is called so"
    />
  );
}

function HowFar({ seen }: { seen: LeadImport }) {
  const told = [
    ["Rows read", seen.rows_read],
    ["New leads", seen.leads_created],
    ["Here already", seen.duplicates],
    ["Of known people", seen.merged],
    ["Left out", seen.rows_rejected],
  ] as const;
  return (
    <>
      {seen.status === "running" && (
        <div>
          <Group justify="space-between">
            <Text size="sm">You may close this page: it goes on, and the bell says when it is over.</Text>
            <Text size="sm" className="figures">
              {Math.floor(seen.progress * 100)} %
            </Text>
          </Group>
          <Progress value={seen.progress * 100} size="lg" aria-label="Read" animated />
        </div>
      )}
      <SimpleGrid cols={{ base: 2, xs: 3, md: 5 }} spacing="xs">
        {told.map(([label, figure]) => (
          <Card key={label} withBorder p="sm">
            <Text fw={700} size="xl" lh={1.1} className="figures">
              {figure.toLocaleString()}
            </Text>
            <Text size="sm" c="dimmed">
              {label}
            </Text>
          </Card>
        ))}
      </SimpleGrid>
    </>
  );
}

/** Rows that did not come in: the first hundred here, all of them as a file. */
function LeftOut({ seen }: { seen: LeadImport }) {
  if (seen.errors.length === 0) return null;
  return (
    <div>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          Left out
        </Title>
        {seen.errors_url && (
          <Button component="a" href={seen.errors_url} download variant="default" leftSection={<Icon name="source" size={16} />}>
            All {count(seen.rows_rejected, "row")} as CSV
          </Button>
        )}
      </Group>
      <Table verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={90} ta="right">
              Line
            </Table.Th>
            <Table.Th>Why</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {seen.errors.map((each) => (
            <Table.Tr key={each.line}>
              <Table.Td ta="right" className="figures">
                {each.line.toLocaleString()}
              </Table.Td>
              <Table.Td>{each.reason}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {seen.rows_rejected > seen.errors.length && (
        <Text size="sm" c="dimmed" mt="xs">
          These are the first {seen.errors.length} of {seen.rows_rejected.toLocaleString()}.
        </Text>
      )}
    </div>
  );
}

/** Of rows that are in. */
function Warnings({ seen }: { seen: LeadImport }) {
  return (
    <div>
      <Title order={2} size="h4" mb="xs">
        Noticed about rows that are in
      </Title>
      <List size="sm">
        {seen.warnings.map((each) => (
          <List.Item key={each.field + each.message}>
            {spelled(each.field.replace(/^fields\./, ""))}: {each.message} ({count(each.times, "row")}
            {each.lines.length > 0 && `, first on line ${each.lines.slice(0, 5).join(", ")}`})
          </List.Item>
        ))}
      </List>
    </div>
  );
}
