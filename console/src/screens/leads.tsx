/** D2: finding leads, and doing something with many at once. What is asked for stands in the address. */
import { Anchor, Badge, Button, Checkbox, Group, MultiSelect, Select, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedCallback, useDisclosure } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { AccountSelect } from "../account-select";
import { call, Problem } from "../api";
import type { Lead } from "../api-types";
import { count, name, phone, spelled, state, when } from "../format";
import { Icon } from "../icons";
import { useList } from "../reads";
import { Empty, Pages, Rows } from "../states";
import { MOST_AT_ONCE, Transfer } from "../transfer";
import { WideTable } from "../wide-table";
import { statusWords } from "../words";

const STATUSES = ["new", "held", "ready", "leased", "cooling", "callback", "assigned", "unmatched", "spent", "closed"] as const;
const PAGE = 50;

/** What somebody typed: an address, a number or its last four digits, or the beginning of names. */
function asked(words: string): { email?: string; phone?: string; name?: string } {
  const text = words.trim();
  if (!text) return {};
  if (text.includes("@")) return { email: text };
  if (/^[\d\s()+.-]+$/.test(text)) return { phone: text };
  return { name: text };
}

/** What is still wrong with what is typed, such as a number of six digits. */
function unclearOf(error: unknown): string | undefined {
  if (!(error instanceof Problem) || error.status !== 422) return undefined;
  return error.at("phone") ?? error.at("email") ?? error.at("name");
}

/** What is typed, and a little later in the address; by a link or the way back it is what the address says. */
function useTyped(stands: string, change: (text: string) => void): [string, (text: string) => void] {
  const [typed, setTyped] = useState(stands);
  const [before, setBefore] = useState(stands);
  if (stands !== before) {
    setBefore(stands);
    if (stands !== typed.trim()) setTyped(stands);
  }
  const later = useDebouncedCallback(change, 400);
  return [
    typed,
    (text) => {
      setTyped(text);
      later(text.trim());
    },
  ];
}

const MORE = ["source", "campaign", "last_disposition", "created_from", "created_to"] as const;

export default function Leads() {
  const [address, setAddress] = useSearchParams();
  const words = address.get("q") ?? "";
  const statuses = address.getAll("status");
  const owner = address.get("owner");
  const more = Object.fromEntries(MORE.map((name) => [name, address.get(name) ?? undefined]));
  const hasMore = MORE.some((name) => more[name]);
  const [isWide, { toggle }] = useDisclosure(hasMore);
  const [chosen, setChosen] = useState<ReadonlyMap<string, Lead>>(new Map());
  const [isMoving, setMoving] = useState(false);
  // What is not shown any more is not transferred.
  const [chosenUnder, setChosenUnder] = useState(address.toString());
  if (chosenUnder !== address.toString()) {
    setChosenUnder(address.toString());
    setChosen(new Map());
  }
  const change = (name: string, values: readonly string[]) =>
    setAddress((before) => {
      const next = new URLSearchParams(before);
      next.delete(name);
      values.filter(Boolean).forEach((each) => next.append(name, each));
      return next;
    }, { replace: true });
  const [typed, type] = useTyped(words, (text) => change("q", [text]));
  const query = { ...asked(words), status: statuses, owner: owner ?? undefined, below: owner ? true : undefined, ...more, limit: PAGE };
  const found = useInfiniteQuery({
    queryKey: ["GET /v1/leads", query],
    queryFn: ({ pageParam, signal }) => call("GET /v1/leads", { query: { ...query, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const unclear = unclearOf(found.error);
  const shown = found.data?.pages.reduce((sum, page) => sum + page.items.length, 0) ?? 0;
  const hasFilter = Boolean(words || statuses.length || owner || hasMore);
  const clear = () => setAddress({}, { replace: true });
  const pick = (all: Lead[], isOn: boolean) =>
    setChosen((before) => {
      const next = new Map(before);
      for (const each of all) if (isOn && next.size < MOST_AT_ONCE) next.set(each.id, each); else if (!isOn) next.delete(each.id);
      return next;
    });

  return (
    <>
      <Title order={1} size="h2" mb="sm">
        Leads
      </Title>
      <Group align="flex-end" mb="sm" gap="sm">
        <TextInput
          flex="1 1 16rem"
          label="Find"
          placeholder="Name, number, its last four digits, or e-mail"
          leftSection={<Icon name="search" />}
          value={typed}
          error={unclear && `It ${unclear}`}
          onChange={(event) => type(event.currentTarget.value)}
        />
        <MultiSelect flex="1 1 14rem" label="Where it stands" placeholder={statuses.length ? undefined : "anywhere"} clearable value={statuses} onChange={(values) => change("status", values)} data={STATUSES.map((each) => ({ value: each, label: statusWords(each) }))} />
        <div style={{ flex: "1 1 14rem" }}>
          <AccountSelect label="Of, and below" value={owner} onChange={(account) => change("owner", account ? [account] : [])} clearable />
        </div>
        <Button variant="default" onClick={toggle} aria-expanded={isWide}>
          Narrow down
        </Button>
        {hasFilter && (
          <Button variant="default" onClick={clear}>
            Clear
          </Button>
        )}
      </Group>
      {isWide && <Narrower more={more} onChange={(name, value) => change(name, [value])} at={(field) => (found.error instanceof Problem ? found.error.at(field) : undefined)} />}
      <Group mb="xs" mih={36} justify="space-between">
        <Text size="sm" c="dimmed" role="status">
          {found.isSuccess && (chosen.size > 0 ? `${count(chosen.size, "lead")} chosen${chosen.size === MOST_AT_ONCE ? ", as many as go at once" : ""}` : `${count(shown, "lead")}${found.hasNextPage ? " so far" : ""}`)}
        </Text>
        {chosen.size > 0 && (
          <Group gap="xs">
            <Button variant="default" onClick={() => setChosen(new Map())}>
              None
            </Button>
            <Button onClick={() => setMoving(true)}>Transfer {count(chosen.size, "lead")}</Button>
          </Group>
        )}
      </Group>
      {!unclear && (
        <Pages query={found} skeleton={<Rows count={8} height={44} />}>
          {(leads) =>
            leads.length === 0 && !found.hasNextPage ? (
              <Empty icon="search" title={hasFilter ? "No lead is like that" : "No leads yet"}>
                {hasFilter ? (
                  <Button variant="subtle" onClick={clear}>
                    Clear what is asked for
                  </Button>
                ) : (
                  "They come from sources and from files."
                )}
              </Empty>
            ) : (
              <Found leads={leads} chosen={chosen} onPick={pick} />
            )
          }
        </Pages>
      )}
      <Transfer
        leads={[...chosen.values()]}
        opened={isMoving}
        onClose={() => setMoving(false)}
        onDone={() => {
          setMoving(false);
          setChosen(new Map());
        }}
      />
    </>
  );
}

/** What is asked for less often. Days are those of who asks. */
function Narrower({ more, onChange, at }: { more: Record<string, string | undefined>; onChange: (name: (typeof MORE)[number], value: string) => void; at: (field: string) => string | undefined }) {
  const sources = useList("GET /v1/sources", {}, { background: true, fresh: 60_000 });
  const dispositions = useList("GET /v1/dispositions", {}, { background: true, fresh: 60_000 });
  const [campaign, type] = useTyped(more.campaign ?? "", (text) => onChange("campaign", text));
  return (
    <Group mb="sm" gap="sm" align="flex-start">
      <Select flex="1 1 11rem" label="Source" placeholder="any" searchable clearable value={more.source ?? null} onChange={(value) => onChange("source", value ?? "")} data={(sources.data ?? []).map((each) => ({ value: each.id, label: each.name }))} />
      <TextInput flex="1 1 11rem" label="Campaign" placeholder="its whole name" value={campaign} onChange={(event) => type(event.currentTarget.value)} error={at("campaign")} />
      <Select flex="1 1 11rem" label="Last recorded" placeholder="anything" searchable clearable value={more.last_disposition ?? null} onChange={(value) => onChange("last_disposition", value ?? "")} data={(dispositions.data ?? []).map((each) => ({ value: each.id, label: each.label }))} />
      <TextInput flex="1 1 9rem" type="date" label="Came in from" value={more.created_from ?? ""} onChange={(event) => onChange("created_from", event.currentTarget.value)} error={at("created_from")} />
      <TextInput flex="1 1 9rem" type="date" label="To" value={more.created_to ?? ""} onChange={(event) => onChange("created_to", event.currentTarget.value)} error={at("created_to")} />
    </Group>
  );
}

function Found({ leads, chosen, onPick }: { leads: Lead[]; chosen: ReadonlyMap<string, Lead>; onPick: (leads: Lead[], isOn: boolean) => void }) {
  const picked = leads.filter((each) => chosen.has(each.id)).length;
  return (
    <WideTable label="Leads" miw={820} highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={40}>
            <Checkbox aria-label="Choose all that are shown" checked={picked > 0 && picked === leads.length} indeterminate={picked > 0 && picked < leads.length} onChange={(event) => onPick(leads, event.currentTarget.checked)} />
          </Table.Th>
          <Table.Th>Name</Table.Th>
          <Table.Th>Contact</Table.Th>
          <Table.Th>State</Table.Th>
          <Table.Th>Where it stands</Table.Th>
          <Table.Th>Owner</Table.Th>
          <Table.Th ta="right">Attempts</Table.Th>
          <Table.Th>Came in</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {leads.map((each) => (
          <Table.Tr key={each.id}>
            <Table.Td>
              <Checkbox aria-label={`Choose ${name(each)}`} checked={chosen.has(each.id)} onChange={(event) => onPick([each], event.currentTarget.checked)} />
            </Table.Td>
            <Table.Td>
              <Anchor component={Link} to={`/leads/${each.id}`} display="block" maw={260}>
                {name(each)}
              </Anchor>
            </Table.Td>
            <Table.Td>
              <Text size="sm">{each.phone && phone(each.phone)}</Text>
              <Text size="sm" c="dimmed">
                {each.email}
              </Text>
            </Table.Td>
            <Table.Td>{each.state && state(each.state)}</Table.Td>
            <Table.Td>
              <Stack gap={0} align="flex-start">
                <Badge variant="outline" tt="none" miw="max-content">
                  {statusWords(each.status)}
                </Badge>
                <Text size="xs" c="dimmed">
                  {[each.holder && `in the hands of ${each.holder_name ?? each.holder}`, each.last_disposition && spelled(each.last_disposition), each.callback_at && when(each.callback_at)].filter(Boolean).join(" · ")}
                </Text>
              </Stack>
            </Table.Td>
            <Table.Td>{each.owner_name ?? each.owner}</Table.Td>
            <Table.Td ta="right" className="figures">
              {each.attempts}
            </Table.Td>
            <Table.Td>{when(each.created_at)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}
