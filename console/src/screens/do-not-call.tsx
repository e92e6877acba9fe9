/** D8: numbers that nobody may call: looked up, put on the list, taken off it, as a file out and in. */
import { Alert, Button, Card, FileInput, Group, List, Modal, Progress, Stack, Table, Tabs, Text, Textarea, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { notDone } from "../act";
import { call, Problem } from "../api";
import type { Listed, ListedWithHistory, RejectedLine } from "../api-types";
import { readCsv } from "../csv-export";
import { count, dateTime, phone as spelledPhone } from "../format";
import { Icon } from "../icons";
import { useNames } from "../names";
import { keyOf, useMe, useRead, useReadAgain } from "../reads";
import { saveAs } from "../save-as";
import { Empty, Failed, Pages, Rows, Shown } from "../states";
import { WideTable } from "../wide-table";
import { listWords } from "../words";

const PAGE = 50;
const EVERY_MS = 2000;
const MOST_LINES = 5000;

export default function DoNotCall() {
  const me = useMe();
  const mayWrite = me.data?.permissions.includes("do_not_call.write") ?? false;
  return (
    <>
      <Title order={1} size="h2">
        Do not call
      </Title>
      <Text c="dimmed" mb="sm">
        Nobody is given these numbers to call, whichever lead has them. What people record as "do not call" stands here too.
      </Text>
      <LookUp mayWrite={mayWrite} />
      <Everything mayWrite={mayWrite} />
    </>
  );
}

function LookUp({ mayWrite }: { mayWrite: boolean }) {
  const [typed, setTyped] = useState("");
  const [asked, setAsked] = useState("");
  const found = useRead("GET /v1/do-not-call/{phone}", { path: { phone: asked } }, { enabled: asked !== "" });
  const message = found.error instanceof Problem ? found.error.at("phone") : undefined;
  return (
    <Card withBorder maw={760}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(typed.trim());
        }}
      >
        <Group align="flex-end" gap="sm">
          <TextInput flex="1 1 14rem" label="Number" placeholder="(303) 555-0100" type="tel" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} error={message && `${spelledPhone(asked)} ${message}`} />
          <Button type="submit" leftSection={<Icon name="search" size={16} />} disabled={!typed.trim()}>
            Look up
          </Button>
        </Group>
      </form>
      {asked !== "" && !message && (
        <Stack mt="md">
          <Shown query={found} skeleton={<Rows count={1} height={72} />}>
            {(seen) => <One key={seen.phone} seen={seen} mayWrite={mayWrite} />}
          </Shown>
        </Stack>
      )}
    </Card>
  );
}

function One({ seen, mayWrite }: { seen: ListedWithHistory; mayWrite: boolean }) {
  const { account } = useNames();
  const phone = seen.phone ?? "";
  return (
    <Stack gap="sm">
      <Alert variant="outline" color={seen.listed ? "red" : "teal"} icon={<Icon name={seen.listed ? "noCall" : "check"} />} title={`${spelledPhone(phone)} ${seen.listed ? "is on the list" : "is not on the list"}`}>
        {seen.listed && seen.since && (
          <Text size="sm">
            since {dateTime(seen.since)}
            {seen.expires_at && ` until ${dateTime(seen.expires_at)}`}
            {seen.by && `, put there by ${account(seen.by)}`}
            {seen.reason && `: ${seen.reason}`}
          </Text>
        )}
      </Alert>
      {mayWrite && (seen.listed ? <TakeOff phone={phone} /> : <PutOn phone={phone} />)}
      {seen.history.length > 0 && (
        <List size="sm" aria-label="What was done">
          {seen.history.map((each, at) => (
            <List.Item key={at}>
              {dateTime(each.at)}: {listWords(each.action)} by {account(each.by)}
              {each.reason && `, ${each.reason}`}
              {each.expires_at && `, until ${dateTime(each.expires_at)}`}
              {each.lead_id && (
                <>
                  , <Link to={`/leads/${each.lead_id}`}>the lead</Link>
                </>
              )}
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}

function PutOn({ phone }: { phone: string }) {
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const again = useReadAgain();
  const at = (field: string) => (error instanceof Problem ? error.at(field) : undefined);
  const put = async () => {
    setBusy(true);
    setError(null);
    try {
      await call("PUT /v1/do-not-call/{phone}", { path: { phone }, body: { reason: reason.trim() || null, expires_at: until ? endOf(until) : null } });
      notifications.show({ color: "green", message: `${spelledPhone(phone)} is not called any more` });
      await again("GET /v1/do-not-call", "GET /v1/do-not-call/{phone}");
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <>
      <Group align="flex-start" gap="sm">
        <TextInput flex="2 1 14rem" label="Why" placeholder="Asked by e-mail" value={reason} onChange={(event) => setReason(event.currentTarget.value)} error={at("reason")} />
        <TextInput flex="1 1 10rem" type="date" label="Until the end of" description="Empty: for good" inputWrapperOrder={["label", "input", "description", "error"]} value={until} onChange={(event) => setUntil(event.currentTarget.value)} error={at("expires_at")} />
      </Group>
      {error !== null && !at("reason") && !at("expires_at") && <Failed error={error} />}
      <Button loading={busy} onClick={() => void put()} style={{ alignSelf: "flex-start" }}>
        Put it on the list
      </Button>
    </>
  );
}

/** The end of a day where the user is. */
function endOf(day: string): string {
  const found = new Date(`${day}T00:00:00`);
  found.setDate(found.getDate() + 1);
  return found.toISOString().replace(/\.\d+Z$/, "Z");
}

function TakeOff({ phone }: { phone: string }) {
  const [asks, setAsks] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const again = useReadAgain();
  const [why, setWhy] = useState("");
  const remove = async () => {
    setBusy(true);
    setError(null);
    try {
      await call("DELETE /v1/do-not-call/{phone}", { path: { phone }, query: { reason: why.trim() || undefined } });
      setAsks(false);
      notifications.show({ color: "green", message: `${spelledPhone(phone)} may be called again` });
      await again("GET /v1/do-not-call", "GET /v1/do-not-call/{phone}");
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <>
      <Button variant="outline" color="red" onClick={() => setAsks(true)} style={{ alignSelf: "flex-start" }}>
        Take it off the list
      </Button>
      <Modal opened={asks} onClose={() => setAsks(false)} title={`Let people call ${spelledPhone(phone)}?`} centered>
        <Stack>
          <Text>Do so only if its owner asked for it, or if it was put there by mistake. Leads that were closed because of it stay closed.</Text>
          <TextInput label="Why" maxLength={1000} value={why} onChange={(event) => setWhy(event.currentTarget.value)} />
          {error !== null && <Failed error={error} />}
          <Group grow>
            <Button variant="default" onClick={() => setAsks(false)}>
              Back
            </Button>
            <Button color="red" loading={busy} onClick={() => void remove()}>
              Take it off
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

function Everything({ mayWrite }: { mayWrite: boolean }) {
  const [address, setAddress] = useSearchParams();
  const [isBringing, setBringing] = useState(false);
  const [rejected, setRejected] = useState<RejectedLine[]>([]);
  const running = address.get("import");
  const found = useInfiniteQuery({
    queryKey: ["GET /v1/do-not-call", PAGE],
    queryFn: ({ pageParam, signal }) => call("GET /v1/do-not-call", { query: { limit: PAGE, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  return (
    <>
      <Group justify="space-between" mt="lg" mb="xs">
        <Title order={2} size="h4">
          The list
        </Title>
        <Group gap="xs">
          <Export />
          {mayWrite && (
            <Button variant="default" leftSection={<Icon name="import" size={16} />} onClick={() => setBringing(true)}>
              Bring a list
            </Button>
          )}
        </Group>
      </Group>
      {running && mayWrite && <HowFar id={running} rejected={rejected} onClose={() => setAddress({}, { replace: true })} />}
      <Pages query={found} skeleton={<Rows count={5} height={44} />}>
        {(items) =>
          items.length === 0 && !found.hasNextPage ? (
            <Empty icon="noCall" title="No number is on the list">
              Numbers get here when people record that somebody is not to be called, and when you look one up and put it here.
            </Empty>
          ) : (
            <Numbers items={items} />
          )
        }
      </Pages>
      <Bring
        opened={isBringing}
        onClose={() => setBringing(false)}
        onBegun={(id, lines) => {
          setBringing(false);
          setRejected(lines);
          setAddress({ import: id }, { replace: true });
        }}
      />
    </>
  );
}

function Numbers({ items }: { items: Listed[] }) {
  const { account } = useNames();
  return (
    <WideTable label="Numbers that are not called" miw={760}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Number</Table.Th>
          <Table.Th>Since</Table.Th>
          <Table.Th>Until</Table.Th>
          <Table.Th>By</Table.Th>
          <Table.Th>Why</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((each, at) => (
          <Table.Tr key={each.phone ?? at}>
            <Table.Td className="figures">{each.phone ? spelledPhone(each.phone) : "of somebody who was erased"}</Table.Td>
            <Table.Td>{each.since && dateTime(each.since)}</Table.Td>
            <Table.Td>{each.expires_at ? dateTime(each.expires_at) : "for good"}</Table.Td>
            <Table.Td>{each.by && account(each.by)}</Table.Td>
            <Table.Td>
              {each.reason}
              {each.lead_id && (
                <>
                  {each.reason && " · "}
                  <Link to={`/leads/${each.lead_id}`}>the lead</Link>
                </>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}

/** Reads the list to its end, which may take a while, and has the browser save it. */
function Export() {
  const [rows, setRows] = useState<number | null>(null);
  const stop = useRef<AbortController>(null);
  const run = async () => {
    setRows(0);
    stop.current = new AbortController();
    const { signal } = stop.current;
    try {
      saveAs(await readCsv("GET /v1/do-not-call", setRows, signal), "do-not-call.csv");
    } catch (failure) {
      if (!signal.aborted) notDone("The list was not saved", failure);
    }
    setRows(null);
  };
  return rows === null ? (
    <Button variant="default" leftSection={<Icon name="source" size={16} />} onClick={() => void run()}>
      Save as CSV
    </Button>
  ) : (
    <Button variant="default" onClick={() => stop.current?.abort()}>
      Stop saving{rows > 0 && ` (${rows.toLocaleString()} so far)`}
    </Button>
  );
}

function Bring({ opened, onClose, onBegun }: { opened: boolean; onClose: () => void; onBegun: (id: string, rejected: RejectedLine[]) => void }) {
  const [from, setFrom] = useState<string | null>("typed");
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const lines = typed.split(/\r?\n/).map((each) => each.trim());
  // Which lines have something, for what the server says of the n-th number.
  const filled = lines.flatMap((each, at) => (each ? [at + 1] : []));
  const message = error instanceof Problem ? error.fields.find((each) => each.field.startsWith("phones"))?.message : undefined;
  const send = async () => {
    setBusy(true);
    setError(null);
    try {
      const key = crypto.randomUUID();
      const begun = await call("POST /v1/do-not-call/imports", from === "file" && file ? { key, table: file } : { key, body: { phones: lines.filter(Boolean), reason: reason.trim() || null } });
      setTyped("");
      setReason("");
      setFile(null);
      onBegun(begun.import_id, from === "file" ? begun.rejected : begun.rejected.map((each) => ({ ...each, line: filled[each.line - 1] ?? each.line })));
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <Modal opened={opened} onClose={onClose} title="Bring a list of numbers" centered>
      <Stack>
        <Text size="sm">Up to {MOST_LINES.toLocaleString()} at once. Numbers that are on the list already stay there, never for a shorter time.</Text>
        <Tabs value={from} onChange={setFrom} keepMounted={false}>
          <Tabs.List grow mb="sm">
            <Tabs.Tab value="typed">Paste numbers</Tabs.Tab>
            <Tabs.Tab value="file">Choose a file</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="typed">
            <Stack gap="sm">
              <Textarea label="Numbers, one a line" minRows={6} maxRows={14} autosize value={typed} onChange={(event) => setTyped(event.currentTarget.value)} error={message} />
              <TextInput label="Why" placeholder="Asked by e-mail" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
            </Stack>
          </Tabs.Panel>
          <Tabs.Panel value="file">
            <FileInput
              label="File"
              description="CSV or text: one number a line, or a table with a column of numbers"
              placeholder="Choose a file"
              accept=".csv,.txt,.tsv"
              leftSection={<Icon name="import" />}
              clearable
              clearButtonProps={{ "aria-label": "No file" }}
              value={file}
              onChange={setFile}
              error={message}
            />
          </Tabs.Panel>
        </Tabs>
        {error !== null && !message && <Failed error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Back
          </Button>
          <Button loading={busy} disabled={from === "file" ? file === null : filled.length === 0} onClick={() => void send()}>
            {from === "file" ? "Put them on the list" : `Put ${count(filled.length, "number")} on the list`}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function HowFar({ id, rejected, onClose }: { id: string; rejected: RejectedLine[]; onClose: () => void }) {
  const again = useReadAgain();
  const found = useQuery({
    queryKey: keyOf("GET /v1/do-not-call/imports/{id}", { path: { id } }),
    queryFn: async ({ signal }) => {
      const seen = await call("GET /v1/do-not-call/imports/{id}", { path: { id }, background: true, signal });
      if (seen.status === "done") void again("GET /v1/do-not-call");
      return seen;
    },
    refetchInterval: ({ state }) => (state.data?.status === "done" ? false : EVERY_MS),
  });
  return (
    <Shown query={found} skeleton={<Rows count={1} height={90} />}>
      {(seen) => (
        <Alert mb="sm" variant="outline" color={seen.status === "done" ? "teal" : "gray"} title={seen.status === "done" ? "The list is in" : "The list is coming in"} withCloseButton={seen.status === "done"} closeButtonLabel="Close" onClose={onClose} role="status">
          {seen.status === "running" && <Progress value={(100 * seen.handled) / Math.max(1, seen.phones)} aria-label="Handled" mb="xs" />}
          <Text size="sm">
            {seen.handled.toLocaleString()} of {count(seen.phones, "number")}: {seen.added.toLocaleString()} new, {seen.already_listed.toLocaleString()} there already, {seen.extended.toLocaleString()} now for longer.
          </Text>
          {seen.rejected > 0 && (
            <Text size="sm">
              {count(seen.rejected, "line")} left out{rejected.length > 0 && `: ${rejected.slice(0, 20).map((each) => `line ${each.line} (${listWords(each.reason)})`).join(", ")}${rejected.length > 20 ? " and others" : ""}`}.
            </Text>
          )}
        </Alert>
      )}
    </Shown>
  );
}
