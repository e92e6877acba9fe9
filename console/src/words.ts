/** Every status, reason and event in plain words: one table for all screens. */
import type { CallingHours } from "./api-types";
import { spelled, when } from "./format";

const STATUS: Record<string, string> = {
  new: "just in",
  held: "held: nobody can take it",
  assigned: "assigned",
  ready: "ready to be pulled",
  leased: "somebody is on it",
  cooling: "resting until it may be tried again",
  callback: "a callback was promised",
  unmatched: "no strategy takes it",
  spent: "tried as often as it may be",
  closed: "closed",
};

const REASON: Record<string, string> = {
  // Why a recipient of a push strategy cannot take a lead.
  eligible: "can take it",
  unknown: "is no account any more",
  not_below: "is not below the strategy's account",
  disabled: "is on leave or left",
  unavailable: "is not available",
  inactive: "has not been active lately",
  zero_weight: "has weight 0",
  hourly_limit: "has had this hour's limit",
  daily_limit: "has had today's limit",
  nobody_in_branch: "nobody in the branch can take it",
  had_it_last: "had it last",
  internal: "an error of ours, which is logged",
  too_many_hops: "it would be handed on too often",
  // Why there is nothing to pull.
  calling_hours: "outside their calling hours",
  phone_lent: "whose phone somebody else has in hand",
  own_limit: "beyond what you may pull now",
  reserved: "promised a call back",
  leased: "in somebody's hands",
  cooling: "resting after the last try",
  call_limit: "called as often as the law allows",
  spent: "tried as often as they may be",
  unmatched: "that no pull strategy takes",
  no_strategy: "that no pull strategy gives you",
  // Why a lead may not be called, and where a filing ended.
  outside_calling_hours: "outside its calling hours",
  outside_hours: "it is too early or too late there",
  no_calls_this_weekday: "no calls on this weekday",
  holiday: "a holiday",
  closed_by_company: "closed by the company",
  do_not_call: "on the do-not-call list",
  not_yours: "somebody else has it just now",
  filed: "waits to be pulled",
  owned: "belongs to a user",
};

const EVENT: Record<string, string> = {
  // On a lead's timeline.
  received: "Came in",
  repeated: "Came again",
  asked_again: "Asked again",
  receipt_released: "A receipt became a lead of its own",
  assigned: "Assigned",
  reassigned: "Assigned to somebody else",
  moved: "Moved",
  held: "Held: nobody can take it",
  pulled: "Pulled",
  called: "Called",
  disposition: "Recorded",
  note: "Note",
  late_disposition: "Recorded late, when somebody else had it",
  transferred: "Transferred",
  taken_back: "Taken back",
  edited: "Changed",
  erased: "Erased",
  lease_extended: "Kept longer",
  lease_expired: "Time was up",
  callback_missed: "A promised callback was missed",
  appointment: "Appointment",
  closed: "Closed",
  // What people are told of.
  callback_due: "A callback is due",
  held_too_long: "Held for too long",
  limit_reached: "A limit was reached",
  import_done: "An import is done",
  closed_by_other: "Closed by somebody else",
};

const OUTCOME: Record<string, string> = {
  recycle: "comes back for another try",
  keep: "stays yours",
  callback: "is called back",
  close: "is closed",
  do_not_call: "is never called again",
};

const PULLED: Record<string, string> = {
  callback: "a callback that you promised",
  most_important: "the most important lead that is ready",
  already_held: "you have it already",
};

const IMPORT: Record<string, string> = {
  waiting_for_file: "not started yet",
  ready: "ready to be started",
  running: "coming in",
  done: "done",
  failed: "could not go on",
};

const LISTED: Record<string, string> = {
  suppressed: "put on the list",
  changed: "changed",
  confirmed: "said again by an import",
  lifted: "taken off the list",
  // What is wrong with a line of a list.
  unusable: "no phone number",
  unsure: "several columns could be the phone",
  unreadable: "cannot be read",
};

const POSTED: Record<string, string> = {
  lead: "became a lead",
  duplicate: "repeated a lead, and said otherwise",
  refused: "was not wanted",
  quarantined: "waits for somebody to look at it",
  invalid: "could not be used",
};

const WHY_NO_LEAD: Record<string, string> = {
  honeypot: "a hidden field was filled, as robots do",
  do_not_call: "the phone is on the do-not-call list",
  no_consent: "the consent that is asked for is not there",
  outside_criteria: "it is not what the source takes",
  out_of_hours: "it came outside the source's hours",
  duplicate: "it is a duplicate",
  over_cap: "the source had as many as it may send",
  over_budget: "there is no money left for it",
  unusable: "it has no usable phone or e-mail",
};

const KIND: Record<string, string> = { corporate: "company", branch: "branch", user: "user" };

const ROLE: Record<string, string> = { admin: "administrator", manager: "manager", rep: "rep" };

const said = (table: Record<string, string>) => (word: string) => table[word] ?? spelled(word).toLowerCase();

export const statusWords = said(STATUS);
export const reasonWords = said(REASON);
export const eventWords = (event: string): string => EVENT[event] ?? spelled(event);
export const outcomeWords = said(OUTCOME);
export const pulledWords = said(PULLED);
export const importWords = said(IMPORT);
export const listWords = said(LISTED);
export const roleWords = said(ROLE);
export const kindWords = said(KIND);
export const postedWords = said(POSTED);
export const noLeadWords = said(WHY_NO_LEAD);

/** Whether a lead may be called, and until when that holds, by the clock of who reads. */
export function callingWords({ open, reason, changes_at: until }: CallingHours): string {
  return open
    ? `Calling hours${until ? ` until ${when(until)}, by your clock` : ""}`
    : `Outside calling hours: ${reasonWords(reason ?? "")}${until ? `, until ${when(until)} by your clock` : ""}`;
}
