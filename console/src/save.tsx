/** Saves a part of the set-up at the version that was looked at. What was typed stays, whatever the answer. */
import { Alert, Button, Group, Modal, Stack, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useEffect, useState } from "react";
import { call, Problem } from "./api";
import type { Operations } from "./api-types";
import { spelled } from "./format";
import { Icon } from "./icons";
import { useNames } from "./names";
import { useReadAgain } from "./reads";
import { Failed } from "./states";

export type Kind = "accounts" | "record-types" | "dispositions" | "sources" | "calling-rules";
type Body<K extends Kind> = Operations[`PUT /v1/${K}/{id}`]["body"];
export type Resource<K extends Kind> = Operations[`PUT /v1/${K}/{id}`]["answer"];

const typed = new Map<string, { base: unknown; draft: unknown }>();

/**
 * A resource as it is being changed; what others save meanwhile is taken over while nothing was typed. place: under what
 * it is there again, changed and not saved, after another screen was looked at.
 */
export function useDraft<T extends { version: number }>(found: T, place?: string) {
  const [before] = useState(() => (place === undefined ? undefined : (typed.get(place) as { base: T; draft: T } | undefined)));
  const [base, setBase] = useState(before?.base ?? found);
  const [draft, setDraft] = useState(before?.draft ?? found);
  const isChanged = draft !== base && JSON.stringify(draft) !== JSON.stringify(base);
  const reset = (to: T) => {
    setBase(to);
    setDraft(to);
  };
  if (!isChanged && found.version > base.version) reset(found);
  useEffect(() => {
    if (place === undefined) return;
    if (isChanged) typed.set(place, { base, draft });
    else typed.delete(place);
  }, [place, isChanged, base, draft]);
  return { draft, base, isChanged, edit: (change: Partial<T>) => setDraft((now) => ({ ...now, ...change })), reset };
}

interface Saving<K extends Kind> {
  busy: boolean;
  error: unknown;
  /** What was saved by somebody else since, and what was to be saved here. */
  conflict: { mine: Body<K>; theirs: Resource<K> } | null;
  /** What the server says of a field. */
  at: (field: string) => string | undefined;
  /** version: the one that the change is of; null for a new one, which replaces none. Null where it was refused. */
  save: (body: Body<K>, version: number | null) => Promise<Resource<K> | null>;
  forget: () => void;
}

/** match: what of theirs stands against what is saved here, where it is not the whole. */
export function useSave<K extends Kind>(kind: K, match?: (theirs: Resource<K>, mine: Body<K>) => Resource<K>): Saving<K> {
  const again = useReadAgain();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [conflict, setConflict] = useState<Saving<K>["conflict"]>(null);
  const one = (id: string) => call(`GET /v1/${kind}/{id}` as "GET /v1/accounts/{id}", { path: { id } }) as unknown as Promise<Resource<K>>;
  const forget = () => {
    setError(null);
    setConflict(null);
  };

  const put = async (body: Body<K>, version: number | null): Promise<Resource<K>> => {
    const asked = { path: { id: body.id }, body: body as never, ...(version === null ? { onlyNew: true } : { ifMatch: version }) };
    const saved = (await call(`PUT /v1/${kind}/{id}` as "PUT /v1/accounts/{id}", asked)) as unknown as Resource<K>;
    await again(`GET /v1/${kind}` as "GET /v1/accounts", `GET /v1/${kind}/{id}` as "GET /v1/accounts/{id}", `GET /v1/${kind}/{id}/versions` as "GET /v1/accounts/{id}/versions");
    return saved;
  };
  const save = async (body: Body<K>, version: number | null): Promise<Resource<K> | null> => {
    setBusy(true);
    forget();
    try {
      return await put(body, version);
    } catch (failure) {
      if (failure instanceof Problem && failure.code === "version_moved_on") await one(body.id).then((theirs) => setConflict({ mine: body, theirs: match ? match(theirs, body) : theirs }), setError);
      else setError(failure);
      return null;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, conflict, at: (field) => (error instanceof Problem ? error.at(field) : undefined), save, forget };
}

/**
 * A resource that is changed where it stands, and saved at its version. place: as of `useDraft`. said: what is told once
 * it is saved.
 */
export function useEditing<K extends Kind>(kind: K, found: Resource<K>, place: string, said: (saved: Resource<K>) => string) {
  const changed = useDraft<Resource<K>>(found, place);
  const saving = useSave(kind);
  const saved = (next: Resource<K>) => {
    changed.reset(next);
    notifications.show({ color: "green", message: said(next) });
  };
  const save = async (body: Body<K>) => {
    const next = await saving.save(body, changed.base.version);
    if (next) saved(next);
  };
  return { ...changed, saving, save, saved, undo: () => changed.reset(found) };
}

/** The end of what is edited. onSave: where no form is sent. */
export function UndoOrSave({ of, onSave }: { of: Pick<ReturnType<typeof useEditing>, "isChanged" | "undo" | "saving">; onSave?: () => void }) {
  return (
    <Group justify="flex-end" gap="xs">
      {of.isChanged && (
        <Button variant="default" onClick={of.undo}>
          Undo
        </Button>
      )}
      <Button type={onSave ? "button" : "submit"} loading={of.saving.busy} disabled={!of.isChanged} onClick={onSave}>
        Save
      </Button>
    </Group>
  );
}

interface SavedProps<K extends Kind> {
  saving: Saving<K>;
  /** Whose messages stand at their fields. */
  fields: readonly string[];
  /** What a field's value is in words, where it has some of its own. */
  say?: (field: string, value: unknown) => string | null;
  onTake: (theirs: Resource<K>) => void;
  onSaved: (saved: Resource<K>) => void;
}

/** Why it was not saved; against what somebody else saved meanwhile, both side by side. */
export function NotSaved<K extends Kind>({ saving, fields, say, onTake, onSaved }: SavedProps<K>) {
  const { conflict, error } = saving;
  if (conflict) {
    const keep = async () => {
      const saved = await saving.save(conflict.mine, conflict.theirs.version);
      if (saved) onSaved(saved);
    };
    const take = () => {
      saving.forget();
      onTake(conflict.theirs);
    };
    return <Conflict mine={conflict.mine as unknown as Values} theirs={conflict.theirs as unknown as Values} busy={saving.busy} say={say} onKeep={() => void keep()} onTake={take} />;
  }
  const isAtFields = error instanceof Problem && error.fields.length > 0 && error.fields.every((each) => fields.includes(each.field));
  if (isAtFields)
    return (
      <Text c="var(--mantine-color-error)" size="sm" role="alert">
        Not saved yet: something above needs to be mended.
      </Text>
    );
  return error === null ? null : <Failed error={error} />;
}

type Values = Record<string, unknown>;

/** Fields that hold an account's id, and are shown by its name. */
const OF_ACCOUNTS = ["parent", "owner"];

function Conflict({ mine, theirs, busy, say, onKeep, onTake }: { mine: Values; theirs: Values; busy: boolean; say?: SavedProps<Kind>["say"]; onKeep: () => void; onTake: () => void }) {
  const names = useNames();
  const shown = (key: string, found: unknown) => (OF_ACCOUNTS.includes(key) && typeof found === "string" ? names.account(found) : inWords(found));
  const keys = Object.keys(mine).filter((key) => JSON.stringify(mine[key]) !== JSON.stringify(theirs[key]));
  return (
    <Alert color="orange" variant="outline" role="alert" title="Somebody else saved this meanwhile" icon={<Icon name="warning" />}>
      <Stack gap="sm">
        <Table layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>What</Table.Th>
              <Table.Th>Yours</Table.Th>
              <Table.Th>Theirs</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {keys.map((key) => (
              <Table.Tr key={key}>
                <Table.Td>{spelled(key)}</Table.Td>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{say?.(key, mine[key]) ?? shown(key, mine[key])}</Table.Td>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{say?.(key, theirs[key]) ?? shown(key, theirs[key])}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Group>
          <Button loading={busy} onClick={onKeep}>
            Save mine over theirs
          </Button>
          <Button variant="default" onClick={onTake}>
            Take theirs
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

function inWords(found: unknown): string {
  if (found === null || found === undefined || found === "") return "nothing";
  if (typeof found === "boolean") return found ? "yes" : "no";
  if (Array.isArray(found)) return found.map(inWords).join(", ") || "nothing";
  if (typeof found === "object") {
    const label = (found as Values).label ?? (found as Values).name;
    const rest = () => Object.entries(found).map(([key, each]) => `${spelled(key)}: ${inWords(each)}`);
    return typeof label === "string" ? label : rest().join("; ") || "nothing";
  }
  return String(found);
}

/** Where a dialog that is there only while it is open was opened, the keyboard goes on once it is closed. */
export function useFocusBack(): void {
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      requestAnimationFrame(() => {
        if (before instanceof HTMLElement && document.activeElement === document.body) before.focus();
      });
    };
  }, []);
}

/** The body that a resource is saved as. */
export function bodyOf<T extends { version: number }>({ version: _, ...body }: T): Omit<T, "version"> {
  return body;
}

/** An id from a name; people see the name. */
export function idFrom(name: string): string {
  const plain = name.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const latin = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  // Of a name in another script, its characters' numbers: it may be changed before it is saved.
  return (latin || Array.from(plain.trim(), (each) => (each.codePointAt(0) ?? 0).toString(36)).join("-")).slice(0, 60).replace(/-+$/, "");
}

/** Deletes at the version that was looked at, once it was asked again; says by what it is still used. */
export function Delete({ kind, of, name, onDone }: { kind: Kind; of: { id: string; version: number }; name: string; onDone: () => void }) {
  const again = useReadAgain();
  const [asks, setAsks] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const remove = async () => {
    setBusy(true);
    setError(null);
    try {
      await call(`DELETE /v1/${kind}/{id}` as "DELETE /v1/accounts/{id}", { path: { id: of.id }, ifMatch: of.version });
      setAsks(false);
      notifications.show({ color: "green", message: `${name} was deleted` });
      onDone();
      await again(`GET /v1/${kind}` as "GET /v1/accounts");
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <>
      <Button variant="subtle" color="red" onClick={() => setAsks(true)}>
        Delete
      </Button>
      <Modal opened={asks} onClose={() => setAsks(false)} title={`Delete ${name}?`} centered>
        <Stack>
          <Text>What still uses it is named, and then nothing is deleted.</Text>
          {error !== null && <Failed error={error} />}
          <Group grow>
            <Button variant="default" onClick={() => setAsks(false)}>
              Back
            </Button>
            <Button color="red" loading={busy} onClick={() => void remove()}>
              Delete
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
