/** D7: what a sender calls things, and what of a lead each is: picked by its last posts. */
import { ActionIcon, Button, Card, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { SourceResource } from "./api-types";
import { spelled, when } from "./format";
import { Icon } from "./icons";
import { useRead } from "./reads";
import { bodyOf, NotSaved, UndoOrSave, useEditing } from "./save";
import { Empty, Rows, Shown } from "./states";

/** What a post may say of a lead, beside the fields of its kind. */
const OURS = [
  ["first_name", "First name"],
  ["last_name", "Last name"],
  ["name", "First and last name in one"],
  ["phone", "Phone"],
  ["email", "E-mail"],
  ["state", "State"],
  ["postal_code", "Postal code"],
  ["campaign", "Campaign"],
  ["channel", "Channel"],
  ["cost", "What the lead costs"],
  ["external_id", "The sender's own id of the lead"],
  ["consent.text", "Consent: its text"],
  ["consent.at", "Consent: when"],
  ["consent.ip", "Consent: from which address"],
] as const;
const LEFT_OUT = "-";
const AS_IT_IS = "";
const LOOKED_AT = 10;

/** What a post's values are called, dots walking into objects; of what became ours only the lead's own keys. */
function leaves(found: unknown, path = ""): [string, string][] {
  if (found !== null && typeof found === "object" && !(Array.isArray(found) && found.every((each) => typeof each !== "object")))
    return Object.entries(found).flatMap(([key, each]) => leaves(each, path ? `${path}.${key}` : key));
  return path ? [[path, Array.isArray(found) ? found.join(", ") : String(found ?? "")]] : [];
}

/** Whether it is under a name of ours already: it needs no mapping. */
function isOurs(key: string): boolean {
  return OURS.some(([ours]) => ours === key) || /^(fields|phones|emails|consent|attribution|record_type|source|owner)(\.|$)/.test(key);
}

export default function Reading({ source }: { source: SourceResource }) {
  const posts = useRead("GET /v1/sources/{id}/posts", { path: { id: source.id }, query: { limit: LOOKED_AT } }, { fresh: 5_000 });
  const type = useRead("GET /v1/record-types/{id}", { path: { id: source.record_type } }, { background: true, fresh: 60_000 });
  const editing = useEditing("sources", source, `sources/${source.id}/mapping`, () => "Its posts are read so from now on");
  const { draft, edit, saving } = editing;
  const set = (key: string, target: string | null) => {
    const { [key]: _, ...others } = draft.mapping;
    edit({ mapping: target === AS_IT_IS || target === null ? others : { ...others, [key]: target === LEFT_OUT ? null : target } });
  };
  const choices = [
    { group: "Or", items: [{ value: LEFT_OUT, label: "Leave it out" }] },
    { group: "Of everybody", items: OURS.map(([value, label]) => ({ value, label })) },
    { group: "Of this kind of lead", items: (type.data?.fields ?? []).map((each) => ({ value: `fields.${each.name}`, label: each.label || spelled(each.name) })) },
  ];
  return (
    <Shown query={posts} skeleton={<Rows />}>
      {({ items }) => {
        const [last] = items;
        // Of each name what the newest post with it says.
        const sample = new Map(items.flatMap((each) => leaves(each.as_received)).reverse());
        const unknown = [...sample.keys()].filter((key) => !isOurs(key) && !(key in draft.mapping) && key !== draft.honeypot);
        const known = [...sample].filter(([key]) => isOurs(key));
        return (
          <Stack maw={720}>
            <Text c="dimmed">
              {last
                ? `From its last posts, the newest of ${when(last.at)}: pick what of a lead each of its names is. What has no choice is kept as it came, and is no field.`
                : "It has sent nothing in the last 7 days. Names can be given all the same; with a post they are picked."}
            </Text>
            <Card withBorder>
              {Object.keys(draft.mapping).length + unknown.length === 0 && (
                <Empty icon="check" title="Nothing to pick">
                  {last ? "All that it sends is understood." : "What a sender calls by our names, or by names that forms use, is understood without this."}
                </Empty>
              )}
              <Stack gap="sm">
                {[...Object.keys(draft.mapping), ...unknown].map((key) => {
                  const target = draft.mapping[key];
                  const value = target === undefined ? null : (target ?? LEFT_OUT);
                  const isListed = value === null || choices.some((group) => group.items.some((each) => each.value === value));
                  return (
                    <Group key={key} gap="xs" align="flex-end" wrap="nowrap">
                      <Select
                        flex={1}
                        label={key}
                        description={sample.get(key)?.slice(0, 80)}
                        placeholder="Kept as it came"
                        searchable
                        value={value}
                        onChange={(next) => set(key, next)}
                        data={isListed ? choices : [...choices, { group: "As it is", items: [{ value: value as string, label: value as string }] }]}
                        error={saving.at(`mapping.${key}`)}
                      />
                      {target !== undefined && (
                        <ActionIcon size={36} variant="default" aria-label={`${key}: no choice`} onClick={() => set(key, AS_IT_IS)}>
                          <Icon name="close" size={16} />
                        </ActionIcon>
                      )}
                    </Group>
                  );
                })}
                <AddKey taken={draft.mapping} onAdd={(key) => set(key, LEFT_OUT)} />
                <NotSaved saving={saving} fields={Object.keys(draft.mapping).map((each) => `mapping.${each}`)} onTake={editing.reset} onSaved={editing.saved} />
                <UndoOrSave of={editing} onSave={() => void editing.save(bodyOf(draft))} />
              </Stack>
            </Card>
            {known.length > 0 && <Understood known={known} />}
          </Stack>
        );
      }}
    </Shown>
  );
}

function AddKey({ taken, onAdd }: { taken: Record<string, unknown>; onAdd: (key: string) => void }) {
  const [key, setKey] = useState("");
  const name = key.trim();
  return (
    <Group gap="xs" align="flex-end">
      <TextInput label="Another of its names" placeholder="contact.mobile" maxLength={200} value={key} onChange={(event) => setKey(event.currentTarget.value)} />
      <Button
        variant="default"
        disabled={!name || name in taken}
        onClick={() => {
          onAdd(name);
          setKey("");
        }}
      >
        Add
      </Button>
    </Group>
  );
}

function Understood({ known }: { known: [string, string][] }) {
  const label = (key: string) => OURS.find(([ours]) => ours === key)?.[1] ?? spelled(key.replace(/^fields\./, "").replaceAll(".", " "));
  return (
    <Card withBorder component="section">
      <Text fw={600} mb="xs">
        Understood of its last posts
      </Text>
      <Table verticalSpacing={4} withRowBorders={false} layout="fixed">
        <Table.Tbody>
          {known.map(([key, found]) => (
            <Table.Tr key={key}>
              <Table.Th fw={400} c="dimmed" w="40%" pl={0} scope="row">
                {label(key)}
              </Table.Th>
              <Table.Td pr={0} style={{ overflowWrap: "anywhere" }}>
                {found}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}
