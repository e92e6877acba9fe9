import { call, isPassing, now, Problem } from "./api";
import type { CallingHours, Lead } from "./api-types";
import { name } from "./format";
import { record } from "./outbox";
import { patiently } from "./patience";

/** Why a number may not be called, and from when it may where that is known. */
export interface Refusal {
  message: string;
  nextAt: string | null;
}

/**
 * The tap on a number: the server is asked before it rings, counts the call, or says why not. Without a network it rings
 * where the lead's hours, as they were read before, are open; the server is told later.
 */
export async function placeCall(lead: Lead, number: string, hours?: CallingHours): Promise<{ callId: string | null } | Refusal> {
  const key = crypto.randomUUID();
  try {
    const made = await patiently(() => call("POST /v1/leads/{id}/calls", { path: { id: lead.id }, body: { phone: number }, key }));
    dial(made.phone);
    return { callId: made.call_id };
  } catch (error) {
    if (error instanceof Problem && !isPassing(error)) {
      const next = error.more.next_at;
      return { message: error.message, nextAt: typeof next === "string" ? next : null };
    }
    if (hours?.open && (!hours.changes_at || Date.parse(hours.changes_at) > now())) {
      await record({ route: "POST /v1/leads/{id}/calls", lead: lead.id, title: `${name(lead)}: called`, body: { phone: number } });
      dial(number);
      return { callId: null };
    }
    return { message: "There is no network, and it is not known whether the lead may be called now.", nextAt: null };
  }
}

function dial(number: string): void {
  const link = document.createElement("a");
  link.href = `tel:${number}`;
  link.click();
}
