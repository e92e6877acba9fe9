/** D7: the keys of a source. Each is shown once; afterwards only when it was made and last used. */
import { Alert, Badge, Button, Card, Code, CopyButton, Group, Modal, SegmentedControl, Stack, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { call } from "./api";
import type { Key, SourceKey, SourceResource } from "./api-types";
import { when } from "./format";
import { Icon } from "./icons";
import { useList, useReadAgain } from "./reads";
import { Empty, Failed, Shown } from "./states";
import { useFocusBack } from "./save";

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });

export default function Keys({ source }: { source: SourceResource }) {
  const found = useList("GET /v1/sources/{id}/keys", { path: { id: source.id } }, { fresh: 0 });
  const again = useReadAgain();
  const [makes, setMakes] = useState(false);
  const [made, setMade] = useState<Key | null>(null);
  const [revoked, setRevoked] = useState<SourceKey | null>(null);
  return (
    <Stack maw={720}>
      <Text c="dimmed">Whoever sends leads for this source shows one of these. Make one for each sender, so that each can be revoked alone.</Text>
      {made && <Made made={made} onDone={() => setMade(null)} />}
      <Shown query={found}>
        {(keys) =>
          keys.length === 0 ? (
            <Empty icon="source" title="No keys yet">
              Nothing can be posted before there is one.
            </Empty>
          ) : (
            <Stack gap="xs">
              {keys.map((each) => (
                <Card key={each.key_id} withBorder p="sm">
                  <Group justify="space-between" wrap="nowrap" gap="xs">
                    <div>
                      <Group gap="xs">
                        <Code>{each.key_id}</Code>
                        {each.kind === "publishable" && (
                          <Badge size="sm" variant="outline" tt="none">
                            for a page
                          </Badge>
                        )}
                        {each.test && (
                          <Badge size="sm" variant="outline" color="gray" tt="none">
                            for trying
                          </Badge>
                        )}
                      </Group>
                      <Text size="sm" c="dimmed">
                        Made {when(each.created_at)} · {each.last_used_on ? `last used ${DAY.format(new Date(each.last_used_on))}` : "not used yet"}
                      </Text>
                    </div>
                    <Button variant="default" size="compact-md" flex="none" aria-label={`Revoke ${each.key_id}`} onClick={() => setRevoked(each)}>
                      Revoke
                    </Button>
                  </Group>
                </Card>
              ))}
            </Stack>
          )
        }
      </Shown>
      <Button variant="default" leftSection={<Icon name="plus" />} style={{ alignSelf: "flex-start" }} onClick={() => setMakes(true)}>
        Make a key
      </Button>
      {makes && (
        <Make
          source={source}
          onClose={() => setMakes(false)}
          onMade={(key) => {
            setMakes(false);
            setMade(key);
            void again("GET /v1/sources/{id}/keys");
          }}
        />
      )}
      {revoked && <Revoke source={source} of={revoked} onClose={() => setRevoked(null)} />}
    </Stack>
  );
}

function Made({ made, onDone }: { made: Key; onDone: () => void }) {
  return (
    <Alert color="green" variant="outline" title="The new key" role="status">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">Copy it now: it is shown this once, and kept nowhere.</Text>
        <Code fz="sm" style={{ overflowWrap: "anywhere" }}>
          {made.api_key}
        </Code>
        <Group gap="xs">
          <CopyButton value={made.api_key}>
            {({ copied, copy }) => (
              <Button leftSection={<Icon name={copied ? "check" : "copy"} />} onClick={copy}>
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
          <Button variant="default" onClick={onDone}>
            I have it
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

function Make({ source, onClose, onMade }: { source: SourceResource; onClose: () => void; onMade: (key: Key) => void }) {
  useFocusBack();
  const [kind, setKind] = useState<"secret" | "publishable">("secret");
  const [test, setTest] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const make = async () => {
    setBusy(true);
    setError(null);
    try {
      onMade(await call("POST /v1/sources/{id}/keys", { path: { id: source.id }, body: { kind, test } }));
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title="Make a key" centered>
      <Stack>
        <SegmentedControl
          fullWidth
          aria-label="Who uses it"
          value={kind}
          onChange={(next) => setKind(next as typeof kind)}
          data={[
            { value: "secret", label: "A server" },
            { value: "publishable", label: "A page" },
          ]}
        />
        <Text size="sm" c="dimmed">
          {kind === "secret" ? "It is a secret: whoever has it can post for this source." : "Everybody can read it in the page; it posts only from the pages that may post."}
        </Text>
        <Switch label="For trying: checked and answered, and no lead is made" checked={test} onChange={(event) => setTest(event.currentTarget.checked)} />
        {error !== null && <Failed error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Back
          </Button>
          <Button loading={busy} onClick={() => void make()}>
            Make it
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Revoke({ source, of, onClose }: { source: SourceResource; of: SourceKey; onClose: () => void }) {
  const again = useReadAgain();
  useFocusBack();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const revoke = async () => {
    setBusy(true);
    setError(null);
    try {
      await call("DELETE /v1/sources/{id}/keys/{key_id}", { path: { id: source.id, key_id: of.key_id } });
      onClose();
      await again("GET /v1/sources/{id}/keys");
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={`Revoke ${of.key_id}?`} centered>
      <Stack>
        <Text>
          Whatever is posted with it is refused from now on. {of.last_used_on ? `It was last used on ${DAY.format(new Date(of.last_used_on))}.` : "It has not been used yet."}
        </Text>
        {error !== null && <Failed error={error} />}
        <Group grow>
          <Button variant="default" onClick={onClose}>
            Keep it
          </Button>
          <Button color="red" loading={busy} onClick={() => void revoke()}>
            Revoke it
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
