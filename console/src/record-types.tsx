/** D6: what a lead has: the fields of each record type, how they are shown, and in which order. */
import { Accordion, ActionIcon, Button, Card, Fieldset, Group, NumberInput, Select, SimpleGrid, Stack, Switch, TagsInput, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { Problem } from "./api";
import type { FieldBody, RecordTypeResource } from "./api-types";
import { DedupeEditor } from "./dedupe-editor";
import { spelled } from "./format";
import { Icon } from "./icons";
import { accountOf, useList, useMe } from "./reads";
import { bodyOf, idFrom, NotSaved, UndoOrSave, useEditing, useSave } from "./save";
import { Empty, Failed, Shown } from "./states";

const TYPES: { value: FieldBody["type"]; label: string }[] = [
  { value: "string", label: "Text" },
  { value: "number", label: "Number" },
  { value: "boolean", label: "Yes or no" },
  { value: "choice", label: "One of several" },
  { value: "date", label: "Day" },
  { value: "datetime", label: "Day and time" },
];
const FORMATS: Partial<Record<FieldBody["type"], { value: NonNullable<FieldBody["format"]>; label: string }[]>> = {
  number: [
    { value: "money", label: "Money" },
    { value: "percent", label: "Per cent" },
    { value: "plain", label: "As it is: a year, a house number" },
  ],
  string: [
    { value: "multiline", label: "Several lines" },
    { value: "link", label: "Address to open" },
  ],
};
const STEP = 10;

export default function RecordTypes() {
  const found = useList("GET /v1/record-types", {}, { fresh: 5_000 });
  const me = useMe();
  const mayChange = me.data !== undefined && accountOf(me.data).role === "admin";
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Shown query={found}>
      {(types) => {
        const type = types.find((each) => each.id === chosen) ?? types[0];
        return (
          <Stack>
            <Group align="flex-end" gap="xs">
              {types.length > 1 && (
                <Select label="Kind of lead" allowDeselect={false} value={type?.id ?? null} onChange={setChosen} data={types.map((each) => ({ value: each.id, label: each.name }))} />
              )}
              {mayChange && <AddType first={types.length === 0} onAdded={setChosen} />}
            </Group>
            {type ? (
              <Fields key={type.id} type={type} mayChange={mayChange} />
            ) : (
              <Empty icon="list" title="No kind of lead yet">
                Every lead has a name, phones, e-mails and a place. What else it has is said by its kind.
              </Empty>
            )}
          </Stack>
        );
      }}
    </Shown>
  );
}

function AddType({ first, onAdded }: { first: boolean; onAdded: (id: string) => void }) {
  const saving = useSave("record-types");
  const [name, setName] = useState<string | null>(null);
  const add = async () => {
    const saved = await saving.save({ id: first ? "lead" : idFrom(name ?? ""), name: (name ?? "").trim() }, null);
    if (!saved) return;
    onAdded(saved.id);
    setName(null);
  };
  if (name === null)
    return (
      <Button variant="default" leftSection={<Icon name="plus" />} onClick={() => setName("")}>
        Add a kind of lead
      </Button>
    );
  return (
    <Group align="flex-end" gap="xs">
      <TextInput label="Its name" autoFocus value={name} onChange={(event) => setName(event.currentTarget.value)} error={saving.at("id") ?? saving.at("name")} />
      <Button loading={saving.busy} disabled={!idFrom(name)} onClick={() => void add()}>
        Add
      </Button>
      <NotSaved saving={saving} fields={["id", "name"]} onTake={saving.forget} onSaved={saving.forget} />
    </Group>
  );
}

/** As screens show them. */
function sorted(type: RecordTypeResource): RecordTypeResource {
  const shown = (each: FieldBody) => each.label || spelled(each.name);
  return { ...type, fields: [...type.fields].sort((a, b) => (a.order ?? 100) - (b.order ?? 100) || shown(a).localeCompare(shown(b))) };
}

function Fields({ type, mayChange }: { type: RecordTypeResource; mayChange: boolean }) {
  const editing = useEditing("record-types", type, `record-types/${type.id}`, (found) => `${found.name} is saved`);
  const { draft, base, edit, saving } = editing;
  const [open, setOpen] = useState<string | null>(null);
  const fields = sorted(draft).fields;
  const known = new Set(base.fields.map((each) => each.name));
  // The server names a field by its place in what was sent, which is the order that is shown.
  const change = (next: FieldBody[]) => {
    if (saving.error) saving.forget();
    edit({ fields: next.map((each, at) => ({ ...each, order: (at + 1) * STEP })) });
  };
  const changeOne = (at: number, to: Partial<FieldBody>) => change(fields.map((each, here) => (here === at ? { ...each, ...to } : each)));
  const move = (at: number, by: number) => {
    const next = [...fields];
    next.splice(at + by, 0, ...next.splice(at, 1));
    if (open === String(at)) setOpen(String(at + by));
    else if (open === String(at + by)) setOpen(String(at));
    change(next);
  };
  const wrong = saving.error instanceof Problem ? saving.error.fields : [];
  const problem = (at: number) => (part: string) => wrong.find((each) => each.field === `fields[${at}].${part}` || (part === "name" && each.field === `fields[${at}]`))?.message;
  const isWrong = (at: number) => wrong.some((each) => each.field.startsWith(`fields[${at}]`));
  const add = () => {
    const name = freeName(fields);
    change([...fields, { name, label: "", type: "string" }]);
    setOpen(String(fields.length));
  };
  return (
    <Card withBorder>
      <Fieldset variant="unstyled" disabled={!mayChange} mb="md">
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput label="Name of this kind" value={draft.name} onChange={(event) => edit({ name: event.currentTarget.value })} error={saving.at("name")} />
          <NumberInput
            label="Forget a person after so many days"
            description="Without anything new; empty: never"
            inputWrapperOrder={["label", "input", "description", "error"]}
            min={1}
            value={draft.retention_days ?? ""}
            onChange={(days) => edit({ retention_days: days === "" ? null : Number(days) })}
            error={saving.at("retention_days")}
          />
        </SimpleGrid>
      </Fieldset>
      {fields.length === 0 && (
        <Empty icon="list" title="No fields of its own yet">
          Such as the loan's amount, or the product that somebody asks for.
        </Empty>
      )}
      <Accordion variant="contained" value={open} onChange={setOpen} order={2}>
        {fields.map((field, at) => (
          <Accordion.Item key={at} value={String(at)}>
            <Group wrap="nowrap" gap={0} pr="xs">
              <Accordion.Control>
                <Text fw={600} c={isWrong(at) ? "var(--mantine-color-error)" : undefined}>
                  {field.label || spelled(field.name)}
                </Text>
                <Text size="sm" c="dimmed">
                  {about(field)}
                </Text>
              </Accordion.Control>
              {mayChange && <Moves name={field.label || spelled(field.name)} at={at} of={fields.length} move={(by) => move(at, by)} />}
            </Group>
            <Accordion.Panel>
              <Fieldset variant="unstyled" disabled={!mayChange}>
                <Field field={field} isNew={!known.has(field.name)} change={(to) => changeOne(at, to)} problem={problem(at)} />
              </Fieldset>
              {mayChange && (
                <Button
                  mt="sm"
                  variant="subtle"
                  color="red"
                  size="compact-md"
                  onClick={() => {
                    setOpen(null);
                    change(fields.filter((_, here) => here !== at));
                  }}
                >
                  Take this field out
                </Button>
              )}
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
      {mayChange && (
        <Button mt="sm" variant="default" leftSection={<Icon name="plus" />} onClick={add}>
          Add a field
        </Button>
      )}
      <Fieldset variant="unstyled" disabled={!mayChange} mt="lg">
        <DedupeEditor dedupe={draft.dedupe} fields={draft.fields} onChange={(dedupe) => edit({ dedupe })} at={(field) => saving.at(`dedupe.${field}`)} />
      </Fieldset>
      <Stack mt="md" gap="sm">
        {wrong.length > 0 ? <Failed error={saving.error} /> : <NotSaved saving={saving} fields={[]} onTake={editing.reset} onSaved={editing.saved} />}
        {mayChange && <UndoOrSave of={editing} onSave={() => void editing.save(bodyOf({ ...draft, fields }))} />}
      </Stack>
    </Card>
  );
}

function freeName(fields: readonly FieldBody[]): string {
  const taken = new Set(fields.map((each) => each.name));
  for (let at = 1; ; at++) if (!taken.has(`field_${at}`)) return `field_${at}`;
}

/** A name that programs can use, from what people call it. */
function nameFrom(label: string): string {
  return idFrom(label).replaceAll("-", "_").replace(/^(\d)/, "field_$1");
}

function about(field: FieldBody): string {
  const type = TYPES.find((each) => each.value === field.type)?.label;
  const format = FORMATS[field.type]?.find((each) => each.value === field.format)?.label;
  return [type, format, field.unit, field.required && "needed", field.choices?.join(", ")].filter(Boolean).join(" · ");
}

/** Buttons for the keyboard and the thumb. */
export function Moves({ name, at, of, move, disabled = false }: { name: string; at: number; of: number; move: (by: 1 | -1) => void; disabled?: boolean }) {
  return (
    <Group gap={2} wrap="nowrap">
      <ActionIcon variant="subtle" color="gray" disabled={disabled || at === 0} aria-label={`${name}: up`} onClick={() => move(-1)} style={{ transform: "rotate(-90deg)" }}>
        <Icon name="forward" size={16} />
      </ActionIcon>
      <ActionIcon variant="subtle" color="gray" disabled={disabled || at === of - 1} aria-label={`${name}: down`} onClick={() => move(1)} style={{ transform: "rotate(90deg)" }}>
        <Icon name="forward" size={16} />
      </ActionIcon>
    </Group>
  );
}

function Field({ field, isNew, change, problem }: { field: FieldBody; isNew: boolean; change: (to: Partial<FieldBody>) => void; problem: (part: string) => string | undefined }) {
  const [ownName, setOwnName] = useState(false);
  const formats = FORMATS[field.type];
  const retype = (type: FieldBody["type"]) => change({ type, format: null, unit: null, choices: type === "choice" ? [] : null });
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label="What people read"
          placeholder={spelled(field.name)}
          maxLength={100}
          value={field.label ?? ""}
          onChange={(event) => {
            const label = event.currentTarget.value;
            change({ label, ...(isNew && !ownName && nameFrom(label) ? { name: nameFrom(label) } : {}) });
          }}
          error={problem("label")}
        />
        <TextInput
          label="What programs call it"
          readOnly={!isNew}
          value={field.name}
          onChange={(event) => {
            setOwnName(true);
            change({ name: event.currentTarget.value });
          }}
          error={problem("name")}
        />
        <Select label="Type" allowDeselect={false} data={TYPES} value={field.type} onChange={(type) => type && retype(type as FieldBody["type"])} error={problem("type")} />
        {formats && (
          <Select label="Shown as" placeholder="Usual" clearable clearButtonProps={{ "aria-label": "As usual" }} data={formats} value={field.format ?? null} onChange={(format) => change({ format: format as FieldBody["format"] })} error={problem("format")} />
        )}
        {field.type === "number" && (
          <TextInput
            label={field.format === "money" ? "Currency" : "Unit"}
            placeholder={field.format === "money" ? "USD" : "months, sq ft"}
            maxLength={20}
            value={field.unit ?? ""}
            onChange={(event) => change({ unit: event.currentTarget.value || null })}
            error={problem("unit")}
          />
        )}
      </SimpleGrid>
      {field.type === "choice" && (
        <TagsInput label="Choices" description="Enter after each" value={field.choices ?? []} onChange={(choices) => change({ choices })} error={problem("choices") ?? problem("name")} splitChars={[]} />
      )}
      <Switch label="A lead without it gets a warning" checked={field.required ?? false} onChange={(event) => change({ required: event.currentTarget.checked })} />
    </Stack>
  );
}
