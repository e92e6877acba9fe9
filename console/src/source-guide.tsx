/** D7: what a sender's developer has to know, to be read here or sent to them as a page. */
import { Button, Card, Code, CopyButton, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import { call } from "./api";
import type { Guide, SourceResource } from "./api-types";
import { Icon } from "./icons";
import { useRead } from "./reads";
import { saveAs } from "./save-as";
import { Failed, Rows, Shown } from "./states";
import { WideTable } from "./wide-table";

export default function GuidePage({ source }: { source: SourceResource }) {
  const found = useRead("GET /v1/sources/{id}/guide", { path: { id: source.id } }, { fresh: 0 });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const download = async () => {
    setBusy(true);
    setError(null);
    try {
      const page = (await call("GET /v1/sources/{id}/guide", { path: { id: source.id }, accept: "text/html" })) as unknown as string;
      saveAs(new Blob([page], { type: "text/html" }), `${source.id}-guide.html`);
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <Stack>
      <Group justify="space-between">
        <Text c="dimmed">All that whoever sends leads has to know, of this source as it is now. It holds no key.</Text>
        <Button leftSection={<Icon name="source" />} loading={busy} onClick={() => void download()}>
          Save as a page to send
        </Button>
      </Group>
      {error !== null && <Failed error={error} />}
      <Shown query={found} skeleton={<Rows />}>
        {(guide) => <Parts guide={guide} />}
      </Shown>
    </Stack>
  );
}

function Parts({ guide }: { guide: Guide }) {
  return (
    <Stack gap="lg">
      <section>
        <Title order={2} size="h4" mb="xs">
          Where to
        </Title>
        <Copied text={guide.address} what="the address" />
        <Text size="sm" mt="xs">
          {guide.method}, with the key in the header {guide.key.header}
          {guide.key.or && ` (or as ${guide.key.or})`}.
        </Text>
      </section>
      <section>
        <Title order={2} size="h4" mb="xs">
          What
        </Title>
        <WideTable label="Fields" verticalSpacing={4} miw={760}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Type</Table.Th>
              <Table.Th>Such as</Table.Th>
              <Table.Th>About it</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {guide.fields.map((each) => (
              <Table.Tr key={each.name}>
                <Table.Td>
                  <Code style={{ whiteSpace: "nowrap" }}>{each.name}</Code>
                  {(each.required || guide.one_of.includes(each.name)) && (
                    <Text size="xs" c="dimmed">
                      {each.required ? "needed" : `${guide.one_of.join(" or ")} is needed`}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td style={{ whiteSpace: "nowrap" }}>{each.type}</Table.Td>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{typeof each.example === "string" ? each.example : JSON.stringify(each.example)}</Table.Td>
                <Table.Td>
                  {each.about} {each.choices.length > 0 && `One of: ${each.choices.join(", ")}`}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      </section>
      <section>
        <Title order={2} size="h4" mb="xs">
          A command that works
        </Title>
        <Copied text={guide.curl} what="the command" />
      </section>
      {guide.form && (
        <section>
          <Title order={2} size="h4" mb="xs">
            A form that works
          </Title>
          <Copied text={guide.form} what="the form" />
        </section>
      )}
      <section>
        <Title order={2} size="h4" mb="xs">
          Answers
        </Title>
        <Stack gap="xs">
          {guide.answers.map((each, at) => (
            <Card key={at} withBorder p="sm">
              <Text fw={600}>
                {each.status}: {each.when}
              </Text>
              <Text size="sm">{each.do}</Text>
            </Card>
          ))}
        </Stack>
      </section>
    </Stack>
  );
}

function Copied({ text, what }: { text: string; what: string }) {
  return (
    <Group gap="xs" align="flex-start" wrap="nowrap">
      <Code block flex={1} tabIndex={0} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button variant="default" size="compact-md" flex="none" aria-label={`Copy ${what}`} onClick={copy}>
            <Icon name={copied ? "check" : "copy"} size={18} />
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
