/** The lead in hand: on the device, so that a killed page comes back to it, and the same in every tab. */
import { useSyncExternalStore } from "react";
import { call, now } from "./api";
import type { Lead, Lease, PullReason } from "./api-types";
import { forget, keep, kept } from "./kept";
import { entriesOf, show as showOutbox } from "./outbox";

export interface InHand {
  lead: Lead;
  lease: Lease;
  reason: PullReason | null;
  /** When it was pulled, by the server's clock: from here to the lease's end is all of the time. */
  since: number;
}

const NAME = "in-hand";
const tabs = new BroadcastChannel(NAME);
const listeners = new Set<() => void>();
/** Not known yet before the device was asked. */
let current: InHand | null | undefined;

function show(next: InHand | null): void {
  current = next;
  listeners.forEach((each) => each());
}

async function read(): Promise<void> {
  show((await kept<InHand>(NAME)) ?? null);
}

tabs.onmessage = () => void read();

export function useInHand(): InHand | null | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}

export async function take(next: InHand): Promise<void> {
  await keep(NAME, next);
  show(next);
  tabs.postMessage("changed");
}

export async function putAway(): Promise<void> {
  await forget(NAME);
  show(null);
  tabs.postMessage("changed");
}

/** What the device has, and then what the server says that the user holds; it is right where they differ. */
export async function findInHand(): Promise<void> {
  await read();
  const me = await call("GET /v1/me", { background: true }).catch(() => null);
  const holding = me?.holding;
  if (!holding || holding.lead_id === current?.lead.id) return;
  await showOutbox();
  // What was recorded and not sent yet ends it: it is not taken up again.
  if (entriesOf(holding.lead_id).some((each) => each.route.endsWith("/dispositions") && !each.refused)) return;
  const lead = await call("GET /v1/leads/{id}", { path: { id: holding.lead_id }, background: true }).catch(() => null);
  if (lead) await take({ lead, lease: { ...holding.lease, phone: lead.phone }, reason: null, since: holding.since ? Date.parse(holding.since) : now() });
}
