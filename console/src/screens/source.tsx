/** D7: one source: what it is, its keys, how its posts are read, what to tell its developer, what it sent. */
import { Badge, Button, Card, Container, Fieldset, Group, NumberInput, Select, Stack, Switch, TagsInput, TextInput, Title } from "@mantine/core";
import { lazy } from "react";
import { useNavigate, useParams } from "react-router";
import { AccountSelect } from "../account-select";
import type { SourceResource } from "../api-types";
import { History } from "../history";
import { Icon } from "../icons";
import { Parts } from "../parts";
import { accountOf, useMe, useRead } from "../reads";
import { RecordTypeSelect } from "../record-type-select";
import { bodyOf, Delete, NotSaved, UndoOrSave, useEditing } from "../save";
import { Rows, Shown } from "../states";

const Keys = lazy(() => import("../source-keys"));
const Reading = lazy(() => import("../source-mapping"));
const Guide = lazy(() => import("../source-guide"));
const Takes = lazy(() => import("../source-takes"));
const Try = lazy(() => import("../source-test"));
const Posts = lazy(() => import("../source-posts"));
const AT_FIELDS = ["name", "owner", "record_type", "allowed_origins", "rate_limit_per_minute", "honeypot", "format", "response_format", "on_duplicate"];

export default function SourcePage() {
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const found = useRead("GET /v1/sources/{id}", { path: { id } }, { fresh: 5_000 });
  const me = useMe();
  const isAdmin = me.data !== undefined && accountOf(me.data).role === "admin";
  return (
    <Container size="lg" p={0}>
      <Button variant="subtle" size="compact-md" leftSection={<Icon name="back" />} onClick={() => void navigate("/sources")} mb="xs">
        Sources
      </Button>
      <Shown query={found} skeleton={<Rows count={6} />}>
        {(source) => (
          <>
            <Group gap="xs" mb="sm">
              <Title order={1} size="h2">
                {source.name}
              </Title>
              {!source.enabled && (
                <Badge variant="outline" color="gray" tt="none">
                  off: nothing is taken
                </Badge>
              )}
            </Group>
            <Parts
              parts={[
                { value: "about", label: "About it", content: <About key={source.id} source={source} mayChange={isAdmin} /> },
                ...(isAdmin
                  ? [
                      { value: "keys", label: "Keys", content: <Keys source={source} /> },
                      { value: "reading", label: "What is what", content: <Reading key={source.id} source={source} /> },
                      { value: "posts", label: "What it sent", content: <Posts source={source} /> },
                      { value: "try", label: "Send a test lead", content: <Try key={source.id} source={source} /> },
                    ]
                  : []),
                { value: "takes", label: "What it takes", content: <Takes key={source.id} source={source} mayChange={isAdmin} /> },
                { value: "guide", label: "Guide to send", content: <Guide source={source} /> },
              ]}
            />
          </>
        )}
      </Shown>
    </Container>
  );
}

function About({ source, mayChange }: { source: SourceResource; mayChange: boolean }) {
  const navigate = useNavigate();
  const editing = useEditing("sources", source, `sources/${source.id}`, (found) => `${found.name} is saved`);
  const { draft, edit, saving } = editing;
  const origin = draft.allowed_origins.findIndex((_, at) => saving.at(`allowed_origins[${at}]`));
  return (
    <Stack maw={620}>
      <Card withBorder>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void editing.save(bodyOf(draft));
          }}
        >
          <Fieldset variant="unstyled" disabled={!mayChange}>
            <Stack gap="sm">
              <TextInput label="Name" required maxLength={200} value={draft.name} onChange={(event) => edit({ name: event.currentTarget.value })} error={saving.at("name")} />
              <Switch size="md" label="Takes leads" checked={draft.enabled} onChange={(event) => edit({ enabled: event.currentTarget.checked })} />
              <AccountSelect label="Its leads belong to" value={draft.owner} onChange={(owner) => owner && edit({ owner })} kinds={["corporate", "branch"]} error={saving.at("owner")} />
              <RecordTypeSelect value={draft.record_type} onChange={(type) => type && edit({ record_type: type })} error={saving.at("record_type")} />
              <TagsInput
                label="Pages that may post"
                description="Of a form that posts from a browser: https://www.example.com. Enter after each; without any, no page may"
                value={draft.allowed_origins}
                onChange={(allowed_origins) => edit({ allowed_origins })}
                error={saving.at("allowed_origins") ?? (origin >= 0 ? `${draft.allowed_origins[origin]}: ${saving.at(`allowed_origins[${origin}]`)}` : undefined)}
              />
              <TextInput
                label="Hidden field of the form"
                description="What fills it is a robot: its posts wait for somebody to look at them"
                value={draft.honeypot ?? ""}
                onChange={(event) => edit({ honeypot: event.currentTarget.value || null })}
                error={saving.at("honeypot")}
              />
              <NumberInput
                label="At most so many posts a minute"
                description="Empty: as many as there are"
                min={1}
                value={draft.rate_limit_per_minute ?? ""}
                onChange={(most) => edit({ rate_limit_per_minute: most === "" ? null : Number(most) })}
                error={saving.at("rate_limit_per_minute")}
              />
              <Select
                label="Posts come as"
                allowDeselect={false}
                value={draft.format}
                onChange={(format) => edit({ format: format as SourceResource["format"] })}
                data={[
                  { value: "auto", label: "What they say they are" },
                  { value: "json", label: "JSON" },
                  { value: "form", label: "A form's fields" },
                  { value: "adf", label: "ADF/XML, of car and home sites" },
                  { value: "google_ads", label: "Google's lead forms" },
                  { value: "webhook", label: "A form service's webhook" },
                ]}
                error={saving.at("format")}
              />
              <Select
                label="They are answered as"
                allowDeselect={false}
                value={draft.response_format}
                onChange={(answers) => edit({ response_format: answers as SourceResource["response_format"] })}
                data={[
                  { value: "native", label: "Our own JSON" },
                  { value: "leadconduit", label: "LeadConduit" },
                  { value: "boberdoo", label: "boberdoo" },
                ]}
                error={saving.at("response_format")}
              />
              <Select
                label="A lead of somebody whom we have"
                placeholder="As its kind of lead says"
                clearable
                clearButtonProps={{ "aria-label": "As its kind of lead says" }}
                value={draft.on_duplicate}
                onChange={(on) => edit({ on_duplicate: on as SourceResource["on_duplicate"] })}
                data={[
                  { value: "merge", label: "is added to the one that is there" },
                  { value: "link", label: "is a lead of its own, linked to it" },
                ]}
                error={saving.at("on_duplicate")}
              />
              <NotSaved saving={saving} fields={[...AT_FIELDS, `allowed_origins[${origin}]`]} onTake={editing.reset} onSaved={editing.saved} />
              {mayChange && (
                <Group justify="space-between">
                  <Delete kind="sources" of={source} name={source.name} onDone={() => void navigate("/sources")} />
                  <UndoOrSave of={editing} />
                </Group>
              )}
            </Stack>
          </Fieldset>
        </form>
      </Card>
      <History kind="sources" id={source.id} />
    </Stack>
  );
}
