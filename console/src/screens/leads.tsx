/** D2: finding leads, and doing something with many at once. What is asked for stands in the address. */
import { Anchor, Badge, Button, Checkbox, Group, MultiSelect, ScrollArea, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { AccountSelect } from "../account-select";
import { call, Problem } from "../api";
import type { Lead } from "../api-types";
import { count, name, phone, spelled, state, when } from "../format";
import { Icon } from "../icons";
import { Empty, Failed, Rows } from "../states";
import { MOST_AT_ONCE, Transfer } from "../transfer";
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

export default function Leads() {
  const [address, setAddress] = useSearchParams();
  const words = address.get("q") ?? "";
  const statuses = address.getAll("status");
  const owner = address.get("owner");
  const source = address.get("source") ?? "";
  const [typed, setTyped] = useState(words);
  const [before, setBefore] = useState(words);
  // By a link or the way back, and not by what is typed here, which the address already says.
  if (words !== before) {
    setBefore(words);
    if (words !== typed.trim()) setTyped(words);
  }
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
  const search = useDebouncedCallback((text: string) => change("q", [text]), 400);
  const query = { ...asked(words), status: statuses, owner: owner ?? undefined, below: owner ? true : undefined, source: source || undefined, limit: PAGE };
  const found = useInfiniteQuery({
    queryKey: ["GET /v1/leads", query],
    queryFn: ({ pageParam, signal }) => call("GET /v1/leads", { query: { ...query, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const unclear = unclearOf(found.error);
  const leads = found.data?.pages.flatMap((page) => page.items) ?? [];
  const hasFilter = Boolean(words || statuses.length || owner || source);
  const clear = () => {
    setTyped("");
    setAddress({}, { replace: true });
  };
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
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            search(event.currentTarget.value);
          }}
        />
        <MultiSelect flex="1 1 14rem" label="Where it stands" placeholder={statuses.length ? undefined : "anywhere"} clearable value={statuses} onChange={(values) => change("status", values)} data={STATUSES.map((each) => ({ value: each, label: statusWords(each) }))} />
        <div style={{ flex: "1 1 14rem" }}>
          <AccountSelect label="Of, and below" value={owner} onChange={(account) => change("owner", account ? [account] : [])} clearable />
        </div>
        {hasFilter && (
          <Button variant="default" onClick={clear}>
            Clear
          </Button>
        )}
      </Group>
      <Group mb="xs" mih={36} justify="space-between">
        <Text size="sm" c="dimmed" role="status">
          {found.isSuccess && (chosen.size > 0 ? `${count(chosen.size, "lead")} chosen${chosen.size === MOST_AT_ONCE ? ", as many as go at once" : ""}` : `${count(leads.length, "lead")}${found.hasNextPage ? " so far" : ""}`)}
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
      {found.isPending ? (
        <Rows count={8} height={44} />
      ) : unclear ? null : found.isError && !found.data ? (
        <Failed error={found.error} again={() => void found.refetch()} />
      ) : leads.length === 0 && !found.hasNextPage ? (
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
      )}
      {found.isFetchNextPageError && <Failed error={found.error} again={() => void found.fetchNextPage()} />}
      {found.hasNextPage && (
        <Button variant="default" mt="sm" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          More
        </Button>
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

function Found({ leads, chosen, onPick }: { leads: Lead[]; chosen: ReadonlyMap<string, Lead>; onPick: (leads: Lead[], isOn: boolean) => void }) {
  const picked = leads.filter((each) => chosen.has(each.id)).length;
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0, "aria-label": "Leads", role: "region" }}>
      <Table verticalSpacing="xs" miw={820} highlightOnHover>
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
      </Table>
    </ScrollArea>
  );
}
