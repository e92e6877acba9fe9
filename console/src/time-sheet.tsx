/** When to call back, or to meet: three times that are usual, or one of one's own. From below, under the thumb. */
import { Alert, Button, Drawer, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { now, type Problem } from "./api";
import type { DispositionResource, Lead } from "./api-types";
import { time, when } from "./format";
import { Icon } from "./icons";

interface Props {
  disposition: DispositionResource | null;
  lead: Lead;
  busy: boolean;
  refused: Problem | null;
  onClose: () => void;
  onChoose: (at: string) => void;
}

const HOUR = 60 * 60_000;

/** In an hour, on a whole quarter; this afternoon or tomorrow morning; tomorrow at this time. */
function presets(at: number): { label: string; at: number }[] {
  const quarter = 15 * 60_000;
  const soon = Math.ceil((at + HOUR) / quarter) * quarter;
  const day = (days: number, hour: number, minute = 0) => {
    const found = new Date(at);
    found.setDate(found.getDate() + days);
    found.setHours(hour, minute, 0, 0);
    return found.getTime();
  };
  const hours = new Date(at).getHours();
  const later = hours < 14 ? { label: "This afternoon", at: day(0, 16) } : { label: "Tomorrow morning", at: day(1, 9) };
  const same = new Date(Math.ceil(at / quarter) * quarter);
  return [{ label: "In an hour", at: soon }, later, { label: "Tomorrow, this time", at: day(1, same.getHours(), same.getMinutes()) }];
}

export default function TimeSheet({ disposition, lead, busy, refused, onClose, onChoose }: Props) {
  const [own, setOwn] = useState("");
  const chosen = (at: number) => onChoose(new Date(at).toISOString().replace(/\.\d+Z$/, "Z"));
  const next = refused?.more.next_callback_at;
  const zone = lead.timezone ?? undefined;
  return (
    <Drawer opened={disposition !== null} onClose={onClose} position="bottom" size={460} title={disposition?.label}>
      <Stack gap="xs" pb="md">
        {refused && (
          <Alert color="red" variant="outline" role="alert" title="Not then" icon={<Icon name="warning" />}>
            <Text size="sm">{refused.fields.map((each) => each.message).join("; ") || refused.message}</Text>
            {typeof next === "string" && (
              <Button mt="xs" variant="default" loading={busy} onClick={() => onChoose(next)}>
                Take {when(next)}
              </Button>
            )}
          </Alert>
        )}
        {presets(now()).map((each) => (
          <Button key={each.label} h={56} variant="default" disabled={busy} onClick={() => chosen(each.at)} justify="flex-start" styles={{ label: { whiteSpace: "normal", textAlign: "left", lineHeight: 1.25 } }}>
            {each.label}
            <br />
            {when(each.at)}
            {zone && time(each.at, zone) !== time(each.at) && `, ${time(each.at, zone)} there`}
          </Button>
        ))}
        <TextInput type="datetime-local" label="Another time" value={own} onChange={(event) => setOwn(event.currentTarget.value)} />
        <Button size="md" disabled={!own} loading={busy} onClick={() => chosen(new Date(own).getTime())}>
          Take this time
        </Button>
      </Stack>
    </Drawer>
  );
}
