/** What is known of a lead, mended by somebody at the desk. Only what was changed is sent. */
import { ActionIcon, Button, Group, Modal, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState, type FormEvent, type ReactNode } from "react";
import { call, Problem } from "./api";
import type { FieldBody, Lead, RecordTypeResource } from "./api-types";
import { spelled, STATES } from "./format";
import { Icon } from "./icons";
import { useReadAgain } from "./reads";
import { Failed } from "./states";

const MOST_CONTACTS = 10;
const KINDS = { phones: ["mobile", "home", "work", "other"], emails: ["personal", "work", "other"] } as const;
const NAMES = ["first_name", "last_name"] as const;

type Listed = "phones" | "emails";
interface Contact {
  value: string;
  kind: string | null;
}
interface Draft {
  first_name: string;
  last_name: string;
  phones: Contact[];
  emails: Contact[];
  state: string;
  postal_code: string;
  fields: Record<string, string>;
}

export function Edit({ lead, type }: { lead: Lead; type: RecordTypeResource | undefined }) {
  const [opened, setOpened] = useState(false);
  const own = [...(type?.fields ?? [])].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
  const before = draftOf(lead, own);
  // What was typed stays when it is closed, and where it was refused.
  const [typed, setTyped] = useState<Partial<Draft>>({});
  const draft = { ...before, ...typed, fields: { ...before.fields, ...typed.fields } };
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const again = useReadAgain();
  const at = (field: string) => (error instanceof Problem ? error.at(field) : undefined);
  const edit = (change: Partial<Draft>) => setTyped((now) => ({ ...now, ...change, fields: { ...now.fields, ...change.fields } }));

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const saved = await call("PATCH /v1/leads/{id}", { path: { id: lead.id }, body: changes(before, draft) as never });
      setTyped({});
      setOpened(false);
      notifications.show({ color: "green", message: "The lead was changed" });
      for (const each of saved.warnings ?? []) notifications.show({ color: "orange", message: each.message, autoClose: false });
      await again("GET /v1/leads/{id}", "GET /v1/leads", "GET /v1/leads/{id}/timeline", "GET /v1/calling-hours");
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };

  const text = (name: "first_name" | "last_name" | "postal_code", label: string) => (
    <TextInput label={label} value={draft[name]} onChange={(event) => edit({ [name]: event.currentTarget.value })} error={at(name)} />
  );
  const shown = [...NAMES, "state", "postal_code", ...own.map((each) => `fields.${each.name}`)];
  const isElsewhere = !(error instanceof Problem) || error.fields.length === 0 || error.fields.some(({ field }) => !shown.includes(field) && !/^(phones?|emails?)(\.|$)/.test(field));
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        Edit
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title="What is known of the lead" size="lg">
        <form onSubmit={(event) => void save(event)} noValidate>
          <Stack gap="sm">
            <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
              {text("first_name", "First name")}
              {text("last_name", "Last name")}
            </SimpleGrid>
            <Contacts of="phones" title="Phones" one="phone" contacts={draft.phones} at={at} onChange={(phones) => edit({ phones })} />
            <Contacts of="emails" title="E-mails" one="e-mail" contacts={draft.emails} at={at} onChange={(emails) => edit({ emails })} />
            <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
              <Select label="State" placeholder="not known" searchable clearable value={draft.state || null} onChange={(state) => edit({ state: state ?? "" })} error={at("state")} data={Object.entries(STATES).map(([value, label]) => ({ value, label }))} />
              {text("postal_code", "Postal code")}
              {own.map((each) => (
                <Own key={each.name} field={each} value={draft.fields[each.name] ?? ""} error={at(`fields.${each.name}`)} onChange={(value) => edit({ fields: { [each.name]: value } })} />
              ))}
            </SimpleGrid>
            {error !== null && isElsewhere && <Failed error={error} />}
            <Group justify="flex-end" gap="xs">
              <Button
                variant="default"
                onClick={() => {
                  setTyped({});
                  setError(null);
                  setOpened(false);
                }}
              >
                Leave it as it was
              </Button>
              <Button type="submit" loading={busy} disabled={Object.keys(changes(before, draft)).length === 0}>
                Save
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}

function draftOf(lead: Lead, own: FieldBody[]): Draft {
  const contacts = (found: { value: string; kind: string | null }[]) => found.map(({ value, kind }) => ({ value, kind }));
  return {
    first_name: lead.first_name ?? "",
    last_name: lead.last_name ?? "",
    phones: contacts(lead.phones),
    emails: contacts(lead.emails),
    state: lead.state ?? "",
    postal_code: lead.postal_code ?? "",
    fields: Object.fromEntries(own.map(({ name }) => [name, lead.fields[name] === undefined || lead.fields[name] === null ? "" : String(lead.fields[name])])),
  };
}

/** What the API is told: nothing of what stays. */
function changes(before: Draft, after: Draft): Record<string, unknown> {
  const { fields: had, ...was } = before;
  const { fields: has, ...is } = { ...after, phones: after.phones.filter(isFilled), emails: after.emails.filter(isFilled) };
  const changed = (a: Record<string, unknown>, b: Record<string, unknown>) => Object.fromEntries(Object.entries(b).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(a[name])));
  const fields = changed(had, has);
  return { ...changed(was, is), ...(Object.keys(fields).length > 0 ? { fields } : {}) };
}

const isFilled = (contact: Contact) => contact.value.trim() !== "";

interface ContactsProps {
  of: Listed;
  title: string;
  one: string;
  contacts: Contact[];
  at: (field: string) => string | undefined;
  onChange: (contacts: Contact[]) => void;
}

/** The first is the one that is called, or written to. */
function Contacts({ of, title, one, contacts, at, onChange }: ContactsProps) {
  const change = (place: number, to: Partial<Contact>) => onChange(contacts.map((each, found) => (found === place ? { ...each, ...to } : each)));
  // Blank ones are not sent: what is said of the third that was is of another's place.
  const sent = contacts.map((each, place) => (isFilled(each) ? contacts.slice(0, place).filter(isFilled).length : -1));
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {title}
      </Text>
      <Stack gap="xs">
        {contacts.map((each, place) => (
          <Group key={place} gap="xs" wrap="nowrap" align="flex-start">
            <TextInput
              flex="1 1 12rem"
              aria-label={`${spelled(one)} ${place + 1}`}
              type={of === "phones" ? "tel" : "email"}
              value={each.value}
              onChange={(event) => change(place, { value: event.currentTarget.value })}
              error={at(`${of}.${sent[place]}`) ?? (place === 0 ? (at(of) ?? at(of.slice(0, -1))) : undefined)}
            />
            <Select w={120} aria-label={`Kind of ${one} ${place + 1}`} placeholder="kind" clearable value={each.kind} onChange={(kind) => change(place, { kind })} data={KINDS[of].map((kind) => ({ value: kind, label: kind }))} />
            <ActionIcon variant="subtle" size="input-sm" aria-label={`Remove ${one} ${place + 1}`} onClick={() => onChange(contacts.filter((_, found) => found !== place))}>
              <Icon name="close" />
            </ActionIcon>
          </Group>
        ))}
        {contacts.length < MOST_CONTACTS && (
          <Button variant="subtle" size="compact-md" style={{ alignSelf: "flex-start" }} onClick={() => onChange([...contacts, { value: "", kind: null }])}>
            Add {one === "phone" ? "a" : "an"} {one}
          </Button>
        )}
      </Stack>
      {contacts.length === 0 && (at(of) ?? at(of.slice(0, -1))) && (
        <Text size="sm" c="red">
          {at(of) ?? at(of.slice(0, -1))}
        </Text>
      )}
    </div>
  );
}

/** One of the record type's own fields. */
function Own({ field, value, error, onChange }: { field: FieldBody; value: string; error: ReactNode; onChange: (value: string) => void }) {
  const label = field.label || spelled(field.name);
  const said = { label, error, required: field.required, withAsterisk: field.required };
  if (field.type === "choice" || field.type === "boolean") {
    const data = field.type === "choice" ? (field.choices ?? []).map((each) => ({ value: each, label: spelled(each) })) : [{ value: "true", label: "yes" }, { value: "false", label: "no" }];
    return <Select {...said} placeholder="not known" searchable clearable value={value || null} onChange={(to) => onChange(to ?? "")} data={data} />;
  }
  if (field.format === "multiline") return <Textarea {...said} autosize minRows={2} maxRows={8} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
  return (
    <TextInput
      {...said}
      type={field.type === "date" ? "date" : "text"}
      inputMode={field.type === "number" ? "decimal" : undefined}
      rightSection={field.unit ? <Text size="sm">{field.unit}</Text> : undefined}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
