/** D6: the company: its branches and users as a tree, what a lead has, and what a rep can record. */
import { ActionIcon, Badge, Button, Container, Group, Modal, SegmentedControl, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { lazy, useState } from "react";
import { Link, useNavigate } from "react-router";
import { AccountSelect } from "../account-select";
import type { AccountResource } from "../api-types";
import { count } from "../format";
import { Icon } from "../icons";
import { Parts } from "../parts";
import { accountOf, useList, useMe } from "../reads";
import { idFrom, NotSaved, useFocusBack, useSave } from "../save";
import { Empty, Shown } from "../states";
import { kindWords, roleWords } from "../words";

const RecordTypes = lazy(() => import("../record-types"));
const Dispositions = lazy(() => import("../dispositions"));
const SHOWN = 200;
/** So many accounts are looked over at once; of more the branches are closed at first. */
const LOOKED_OVER = 60;

export default function Company() {
  return (
    <Container size="lg" p={0}>
      <Title order={1} size="h2" mb="sm">
        Company
      </Title>
      <Parts
        parts={[
          { value: "people", label: "People", content: <People /> },
          { value: "fields", label: "What a lead has", content: <RecordTypes /> },
          { value: "buttons", label: "Reps' buttons", content: <Dispositions /> },
        ]}
      />
    </Container>
  );
}

function People() {
  const accounts = useList("GET /v1/accounts", {}, { fresh: 5_000 });
  const me = useMe();
  const mayChange = me.data !== undefined && accountOf(me.data).role === "admin";
  const [adds, setAdds] = useState<"user" | "branch" | null>(null);
  const [sought, setSought] = useState("");
  return (
    <>
      <Group justify="space-between" mb="sm" align="flex-end">
        <TextInput label="Find" placeholder="Name or e-mail" value={sought} onChange={(event) => setSought(event.currentTarget.value)} flex="1 1 200px" maw={320} />
        {mayChange && (
          <Group gap="xs">
            <Button leftSection={<Icon name="plus" />} onClick={() => setAdds("user")}>
              Add a user
            </Button>
            <Button variant="default" leftSection={<Icon name="plus" />} onClick={() => setAdds("branch")}>
              Add a branch
            </Button>
          </Group>
        )}
      </Group>
      <Shown query={accounts}>
        {(found) => (
          <>
            <Tree accounts={found as AccountResource[]} sought={sought.trim().toLowerCase()} />
            {!found.some((each) => each.kind === "user" && each.parent !== null && each.id !== me.data?.account.id) && (
              <Empty icon="users" title="Nobody but you yet">
                Add a branch for each office or team, then the people who work in it.
              </Empty>
            )}
          </>
        )}
      </Shown>
      {adds && <Add key={adds} kind={adds} onClose={() => setAdds(null)} />}
    </>
  );
}

interface Row {
  account: AccountResource;
  depth: number;
  users: number;
  hasBelow: boolean;
}

/** The accounts from the top down, each branch followed by what is below it; closed ones alone. */
function rowsOf(accounts: AccountResource[], isOpen: (id: string) => boolean): Row[] {
  const here = new Set(accounts.map((each) => each.id));
  const below = new Map<string, AccountResource[]>();
  for (const each of accounts) {
    const parent = each.parent !== null && here.has(each.parent) ? each.parent : "";
    const found = below.get(parent);
    if (found) found.push(each);
    else below.set(parent, [each]);
  }
  const rank = { corporate: 0, user: 1, branch: 2 };
  const users = (id: string): number => (below.get(id) ?? []).reduce((sum, each) => sum + (each.kind === "user" ? 1 : users(each.id)), 0);
  const rows: Row[] = [];
  const walk = (parent: string, depth: number) => {
    for (const account of (below.get(parent) ?? []).sort((a, b) => rank[a.kind] - rank[b.kind] || a.name.localeCompare(b.name))) {
      rows.push({ account, depth, users: users(account.id), hasBelow: below.has(account.id) });
      if (isOpen(account.id)) walk(account.id, depth + 1);
    }
  };
  walk("", 0);
  return rows;
}

function Tree({ accounts, sought }: { accounts: AccountResource[]; sought: string }) {
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const [most, setMost] = useState(SHOWN);
  const isLarge = accounts.length > LOOKED_OVER;
  const kinds = new Map(accounts.map((each) => [each.id, each.kind]));
  const isOpen = (id: string) => (isLarge && kinds.get(id) === "branch") === turned.has(id);
  const turn = (id: string) => setTurned(new Set(turned.has(id) ? [...turned].filter((each) => each !== id) : [...turned, id]));
  const matching = accounts.filter((each) => `${each.name} ${each.email ?? ""} ${each.id}`.toLowerCase().includes(sought));
  const rows = sought ? matching.map((account) => ({ account, depth: 0, users: 0, hasBelow: false })) : rowsOf(accounts, isOpen);
  if (rows.length === 0) return <Empty icon="search" title="Nobody is called so" />;
  return (
    <>
      <Table verticalSpacing={6} layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th w={150}>What</Table.Th>
            <Table.Th visibleFrom="sm">E-mail</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.slice(0, most).map((row) => (
            <Account key={row.account.id} row={row} isOpen={isOpen(row.account.id)} onTurn={() => turn(row.account.id)} />
          ))}
        </Table.Tbody>
      </Table>
      {rows.length > most && (
        <Button variant="default" mt="sm" onClick={() => setMost(most + SHOWN)}>
          More ({rows.length - most})
        </Button>
      )}
    </>
  );
}

function Account({ row: { account, depth, users, hasBelow }, isOpen, onTurn }: { row: Row; isOpen: boolean; onTurn: () => void }) {
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap={4} wrap="nowrap" pl={depth * 18}>
          {hasBelow ? (
            <ActionIcon variant="subtle" color="gray" aria-label={`${isOpen ? "Close" : "Open"} ${account.name}`} aria-expanded={isOpen} onClick={onTurn} style={{ transform: isOpen ? "rotate(90deg)" : undefined }}>
              <Icon name="forward" size={16} />
            </ActionIcon>
          ) : (
            <span style={{ width: 28, flexShrink: 0 }} />
          )}
          <Text component={Link} to={`/company/${encodeURIComponent(account.id)}`} fw={account.kind === "user" ? 500 : 700} truncate c="var(--mantine-color-anchor)">
            {account.name}
          </Text>
        </Group>
      </Table.Td>
      <Table.Td>
        <Text size="sm" c="dimmed">
          {account.kind === "user" ? roleWords(account.role ?? "rep") : `${kindWords(account.kind)}, ${count(users, "user")}`}
        </Text>
        {!account.enabled && (
          <Badge size="sm" variant="outline" color="gray" tt="none">
            off
          </Badge>
        )}
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Text size="sm" truncate>
          {account.email}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

/** A new user or branch. What is not asked here is as it is above it, and is changed on its page. */
function Add({ kind, onClose }: { kind: "user" | "branch"; onClose: () => void }) {
  const navigate = useNavigate();
  useFocusBack();
  const saving = useSave("accounts");
  const [name, setName] = useState("");
  const [ownId, setOwnId] = useState<string | null>(null);
  const [parent, setParent] = useState<string | null>(null);
  const [role, setRole] = useState<"rep" | "manager" | "admin">("rep");
  const [email, setEmail] = useState("");
  const id = ownId ?? idFrom(name);
  const isUser = kind === "user";
  const add = async () => {
    const body = { id, name: name.trim(), kind, parent, ...(isUser ? { role, email: email.trim() || null } : {}) };
    const saved = await saving.save(body, null);
    if (saved) void navigate(`/company/${encodeURIComponent(saved.id)}`);
  };
  return (
    <Modal opened onClose={onClose} title={isUser ? "Add a user" : "Add a branch"} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <Stack gap="sm">
          <TextInput label="Name" data-autofocus required maxLength={200} value={name} onChange={(event) => setName(event.currentTarget.value)} error={saving.at("name")} />
          <TextInput
            label="Id"
            description={isUser ? "How they are known to programs and when they sign in; it stays" : "How programs know it; it stays"}
            required
            value={id}
            onChange={(event) => setOwnId(event.currentTarget.value)}
            error={saving.at("id")}
          />
          <AccountSelect label={isUser ? "Works in" : "Below"} value={parent} onChange={setParent} kinds={["corporate", "branch"]} error={saving.at("parent")} />
          {isUser && (
            <>
              <RoleChoice value={role} onChange={setRole} />
              <TextInput label="E-mail" type="email" description="For the invitation, and for what they are told of" value={email} onChange={(event) => setEmail(event.currentTarget.value)} error={saving.at("email")} />
            </>
          )}
          <NotSaved saving={saving} fields={["name", "id", "parent", "email"]} onTake={onClose} onSaved={onClose} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Back
            </Button>
            <Button type="submit" loading={saving.busy} disabled={!name.trim() || !id || parent === null}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

export function RoleChoice({ value, onChange }: { value: "rep" | "manager" | "admin"; onChange: (role: "rep" | "manager" | "admin") => void }) {
  const may = {
    rep: "Works on leads: sees their own.",
    manager: "Sees and moves all leads of their branch and below.",
    admin: "May do everything, this page too.",
  };
  return (
    <div>
      <Text size="sm" fw={500} mb={4} id="role">
        Role
      </Text>
      <SegmentedControl
        fullWidth
        aria-labelledby="role"
        value={value}
        onChange={(next) => onChange(next as typeof value)}
        data={[
          { value: "rep", label: "Rep" },
          { value: "manager", label: "Manager" },
          { value: "admin", label: "Administrator" },
        ]}
      />
      <Text size="xs" c="dimmed" mt={4}>
        {may[value]}
      </Text>
    </div>
  );
}
