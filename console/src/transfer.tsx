/** Gives leads to somebody else: one with a reason against what would stop it, or up to a hundred at once. */
import { Alert, Button, Group, List, Modal, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { AccountSelect } from "./account-select";
import { call, Problem } from "./api";
import type { Lead, Transfers } from "./api-types";
import { count, name } from "./format";
import { useReadAgain } from "./reads";
import { Failed } from "./states";

export const MOST_AT_ONCE = 100;

interface Props {
  leads: Lead[];
  opened: boolean;
  onClose: () => void;
  onDone: () => void;
}

export function Transfer({ leads, opened, onClose, onDone }: Props) {
  const [to, setTo] = useState<string | null>(null);
  const [distribute, setDistribute] = useState(false);
  const [override, setOverride] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [told, setTold] = useState<Transfers | null>(null);
  const again = useReadAgain();
  const one = leads.length === 1 ? leads[0] : undefined;
  const isAtTo = error instanceof Problem && error.fields.length > 0 && error.fields.every((each) => each.field === "to");
  const isStopped = one !== undefined && error instanceof Problem && error.status === 409;

  const close = () => {
    const hasMoved = told !== null;
    setTo(null);
    setOverride("");
    setError(null);
    setTold(null);
    if (hasMoved) onDone();
    else onClose();
  };
  const send = async () => {
    if (to === null) return;
    setBusy(true);
    setError(null);
    try {
      const key = crypto.randomUUID();
      if (one) {
        await call("POST /v1/leads/{id}/transfer", { path: { id: one.id }, key, body: { to, distribute, ...(override.trim() ? { override: override.trim() } : {}) } });
        notifications.show({ color: "green", message: `${name(one)} was transferred` });
        setTo(null);
        onDone();
      } else setTold(await call("POST /v1/transfers", { key, body: { leads: leads.map((each) => each.id), to, distribute } }));
      await again("GET /v1/leads", "GET /v1/leads/{id}", "GET /v1/leads/{id}/timeline", "GET /v1/counts");
    } catch (found) {
      setError(found);
    }
    setBusy(false);
  };

  return (
    <Modal opened={opened} onClose={close} title={one ? `Transfer ${name(one)}` : `Transfer ${count(leads.length, "lead")}`} centered>
      {told ? (
        <Told told={told} leads={leads} onClose={close} />
      ) : (
        <Stack>
          <AccountSelect label="To" value={to} onChange={setTo} error={error instanceof Problem ? error.at("to") : undefined} />
          <SegmentedControl
            fullWidth
            value={distribute ? "distribute" : "exactly"}
            onChange={(chosen) => setDistribute(chosen === "distribute")}
            data={[
              { value: "exactly", label: "To them, exactly" },
              { value: "distribute", label: "On by their strategies" },
            ]}
          />
          {isStopped && <TextInput label="Do it all the same, because" description="It stands on the lead's timeline. Never against do-not-call." value={override} onChange={(event) => setOverride(event.currentTarget.value)} />}
          {error !== null && !isAtTo && <Failed error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Back
            </Button>
            <Button loading={busy} disabled={to === null} onClick={() => void send()}>
              Transfer {count(leads.length, "lead")}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

/** What became of each. */
function Told({ told, leads, onClose }: { told: Transfers; leads: Lead[]; onClose: () => void }) {
  const names = new Map(leads.map((each) => [each.id, name(each)]));
  const left = told.items.filter((each) => !each.moved);
  return (
    <Stack>
      <Text>
        {count(told.moved, "lead")} transferred{left.length > 0 && `, ${left.length} not`}.
      </Text>
      {left.length > 0 && (
        <Alert color="orange" variant="outline" title="Not transferred">
          <List size="sm">
            {left.map((each) => (
              <List.Item key={each.lead_id}>
                {names.get(each.lead_id) ?? each.lead_id}: {each.problem?.detail}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Button onClick={onClose}>Done</Button>
    </Stack>
  );
}
