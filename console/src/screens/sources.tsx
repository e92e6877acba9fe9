/** D7: where leads come from. */
import { Badge, Button, Container, Group, Modal, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { AccountSelect } from "../account-select";
import { today } from "../format";
import { Icon } from "../icons";
import { useNames } from "../names";
import { accountOf, useList, useMe } from "../reads";
import { RecordTypeSelect } from "../record-type-select";
import { idFrom, NotSaved, useFocusBack, useSave } from "../save";
import { Empty, Shown } from "../states";
import { WideTable } from "../wide-table";

export default function Sources() {
  const sources = useList("GET /v1/sources", {}, { fresh: 5_000 });
  const names = useNames();
  const me = useMe();
  const mayChange = me.data !== undefined && accountOf(me.data).role === "admin";
  const [adds, setAdds] = useState(false);
  return (
    <Container size="lg" p={0}>
      <Group justify="space-between" mb="sm">
        <Title order={1} size="h2">
          Sources
        </Title>
        {mayChange && (
          <Button leftSection={<Icon name="plus" />} onClick={() => setAdds(true)}>
            Add a source
          </Button>
        )}
      </Group>
      <Shown query={sources}>
        {(found) =>
          found.length === 0 ? (
            <Empty icon="source" title={mayChange ? "No sources yet" : "No source belongs to your branch"}>
              {!mayChange && "Those of the company above it are an administrator's. "}A source is a website's form, a vendor or an advertisement: whatever sends leads. Each has keys of its own.
            </Empty>
          ) : (
            <WideTable label="Sources" miw={640}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Source</Table.Th>
                  <Table.Th>Its leads belong to</Table.Th>
                  <Table.Th>Takes</Table.Th>
                  <Table.Th>A lead costs</Table.Th>
                  <Table.Th>Its leads</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.map((each) => (
                  <Table.Tr key={each.id}>
                    <Table.Td>
                      <Group gap="xs">
                        <Text component={Link} to={`/sources/${encodeURIComponent(each.id)}`} fw={600} c="var(--mantine-color-anchor)">
                          {each.name}
                        </Text>
                        {!each.enabled && (
                          <Badge size="sm" variant="outline" color="gray" tt="none">
                            off
                          </Badge>
                        )}
                      </Group>
                    </Table.Td>
                    <Table.Td>{names.account(each.owner)}</Table.Td>
                    <Table.Td>{each.acceptance ? "what it wants" : "everything"}</Table.Td>
                    <Table.Td>{each.cost === null ? "" : each.cost.toLocaleString()}</Table.Td>
                    <Table.Td>
                      <Link to={`/leads?${new URLSearchParams({ source: each.id, created_from: today(me.data?.branch.timezone) }).toString()}`} aria-label={`Leads of today from ${each.name}`}>
                        of today
                      </Link>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </WideTable>
          )
        }
      </Shown>
      {adds && <Add onClose={() => setAdds(false)} />}
    </Container>
  );
}

function Add({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  useFocusBack();
  const saving = useSave("sources");
  const [name, setName] = useState("");
  const [owner, setOwner] = useState<string | null>("corporate");
  const [type, setType] = useState<string | null>("lead");
  const id = idFrom(name);
  const add = async () => {
    const saved = await saving.save({ id, name: name.trim(), owner: owner ?? "corporate", record_type: type ?? "lead" }, null);
    if (saved) void navigate(`/sources/${encodeURIComponent(saved.id)}`);
  };
  return (
    <Modal opened onClose={onClose} title="Add a source" centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <Stack gap="sm">
          <TextInput label="Name" data-autofocus required maxLength={200} description={id && `Its leads are posted to …/v1/intake/${id}`} value={name} onChange={(event) => setName(event.currentTarget.value)} error={saving.at("id") ?? saving.at("name")} />
          <AccountSelect label="Its leads belong to" value={owner} onChange={setOwner} kinds={["corporate", "branch"]} error={saving.at("owner")} />
          <RecordTypeSelect value={type} onChange={setType} error={saving.at("record_type")} />
          <NotSaved saving={saving} fields={["id", "name", "owner", "record_type"]} onTake={onClose} onSaved={onClose} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Back
            </Button>
            <Button type="submit" loading={saving.busy} disabled={!id || owner === null || type === null}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
