/** Strategies as they are edited, and what they say in words. */
import type { AnyBody, CriterionBody, PullStrategyBody, PushStrategyBody, PullStrategyResource, PushStrategyResource, RecordTypeResource } from "./api-types";
import { duration, sentence } from "./criterion-words";
import { count, spelled } from "./format";

export type Kind = "push" | "pull";
export type Push = Required<Omit<PushStrategyBody, "criteria">> & { criteria: Entry[] };
export type Pull = Required<Omit<PullStrategyBody, "criteria">> & { criteria: Entry[] };
export type Draft = Push | Pull;
export type Entry = CriterionBody | AnyBody;

export function isPush(draft: Draft): draft is Push {
  return "method" in draft;
}

/** A stored strategy as what may be put: all of it but its version. */
export function bodyOf(found: PushStrategyResource | PullStrategyResource): Draft {
  const { version: _, ...body } = found;
  return body as unknown as Draft;
}

export function newPush(order: number): Push {
  return {
    id: "", name: "", record_type: "lead", enabled: true, distributed_from: "corporate", order, active_within_minutes: null, method: "round_robin", reset_interval: "daily",
    starts_on: null, catch_up: null, when_nobody: null, take_back_after_minutes: null, criteria: [], recipients: [],
  };
}

export function newPull(priority: number): Pull {
  return {
    id: "", name: "", record_type: "lead", enabled: true, distributed_from: "corporate", priority, criteria: [],
    order_by: [{ field: "pull_count", direction: "asc" }, { field: "created_at", direction: "desc" }],
    recipients: [], lease_minutes: 15, max_lease_lengths: 4, cool_down_minutes: 240, max_attempts: 6, max_wait: null, calling_hours: true, hourly_limit: null, daily_limit: null,
  };
}

/** An id of the name, which no other has: "Web leads" becomes `web-leads`. */
export function idOf(name: string, taken: ReadonlySet<string>): string {
  const plain = name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 50) || "strategy";
  let found = plain;
  for (let at = 2; taken.has(found); at++) found = `${plain}-${at}`;
  return found;
}

/** By what a strategy is tried before others: the lower number, then the id. */
export function inTurn<T extends { id: string }>(all: readonly T[], place: (one: T) => number): T[] {
  return [...all].sort((a, b) => place(a) - place(b) || (a.id < b.id ? -1 : 1));
}

/** The highest number that there is. */
export const LAST = 999_999;

/** Which get another number when one is moved from a place to another: it alone where there is room between its new neighbours, else as many as must. */
export function renumbered<T extends { id: string }>(sorted: readonly T[], place: (one: T) => number, from: number, to: number): Map<T, number> {
  const wanted = [...sorted];
  const [moved] = wanted.splice(from, 1);
  if (!moved) return new Map();
  wanted.splice(to, 0, moved);
  const before = wanted[to - 1];
  const after = wanted[to + 1];
  const low = before ? place(before) : -1;
  if (!after && low + 10 <= LAST) return new Map([[moved, low + 10]]);
  const high = after ? place(after) : low;
  if (high - low > 1) return new Map([[moved, Math.floor((low + high) / 2)]]);
  const all = wanted.map((each, at) => [each, (at + 1) * 10] as const);
  return new Map(all.filter(([each, number]) => place(each) !== number));
}

/** What a record type calls its fields. */
export function labelsOf(type: RecordTypeResource | undefined): ReadonlyMap<string, string> {
  return new Map([["created_at", "When it came in"], ["pull_count", "Times pulled"], ...(type?.fields.map((each) => [each.name, each.label || spelled(each.name)] as const) ?? [])]);
}

export const METHOD = { round_robin: "in turn", weighted: "by weights" } as const;
export const RESET = { daily: "every day", last_7_days: "every 7 days", never: "never" } as const;
export const CATCH_UP = { paced: "every second lead until they are even", at_once: "all of it at once", never: "nothing of it" } as const;

export function share(weight: number | null | undefined, recipients: readonly { weight?: number | null }[]): string {
  const total = recipients.reduce((sum, each) => sum + (each.weight ?? 0), 0);
  return total === 0 ? "0 %" : `${(Math.round((1000 * (weight ?? 0)) / total) / 10).toLocaleString()} %`;
}

export interface Line {
  label: string;
  /** One sentence each; a list of several is compared one by one. */
  items: string[];
}

/** "any" groups are told in one sentence. */
export function entryWords(entry: Entry, labels: ReadonlyMap<string, string>): string {
  return ("any" in entry ? entry.any : [entry]).map((each) => sentence(each.field, each.operator, each.value, labels)).join(" or ");
}

const minutes = (number: number) => (number % 1440 === 0 && number > 0 ? count(number / 1440, "day") : number % 60 === 0 && number > 0 ? count(number / 60, "hour") : count(number, "minute"));

function limits(hourly: number | null | undefined, daily: number | null | undefined): string[] {
  return [hourly != null && `at most ${hourly} an hour`, daily != null && `at most ${daily} a day`].filter((each): each is string => Boolean(each));
}

/** A strategy in plain words, line by line. */
export function linesOf(draft: Draft, account: (id: string) => string, type: (id: string) => string, labels: ReadonlyMap<string, string>): Line[] {
  const lines: [string, string | string[] | null | false][] = [
    ["Name", draft.name],
    ["Switched", draft.enabled ? "on" : "off"],
    ["Leads of", `${account(draft.distributed_from)}, record type ${type(draft.record_type)}`],
    ["Which leads", draft.criteria.length ? draft.criteria.map((each) => entryWords(each, labels)) : "every lead"],
  ];
  if (isPush(draft))
    lines.push(
      ["Method", METHOD[draft.method]],
      ["Begins anew", RESET[draft.reset_interval] + (draft.reset_interval === "last_7_days" && draft.starts_on ? `, counted from ${draft.starts_on}` : "")],
      ["Who was away gets", draft.method === "weighted" && CATCH_UP[draft.catch_up ?? "paced"]],
      ["Only to users", draft.active_within_minutes !== null && `active in the last ${minutes(draft.active_within_minutes)}`],
      ["When nobody can take it", draft.when_nobody ? `it may be pulled after ${minutes(draft.when_nobody.pull_after_minutes)}` : "it is held until somebody can"],
      ["Taken back", draft.take_back_after_minutes !== null && `when it is not worked within ${minutes(draft.take_back_after_minutes)}`],
      ["Place in the order", String(draft.order)],
      [
        "Recipients",
        draft.recipients.map((each) => {
          const said = [draft.method === "weighted" && `weight ${each.weight ?? 0} (${share(each.weight, draft.recipients)})`, ...limits(each.hourly_limit, each.daily_limit), each.hold_at_branch && "held at the branch"].filter(Boolean);
          return said.length ? `${account(each.account)}: ${said.join(", ")}` : account(each.account);
        }),
      ],
    );
  else
    lines.push(
      ["Priority", String(draft.priority)],
      ["First", draft.order_by.map((each, at) => `${at + 1}. ${labels.get(each.field.replace(/^fields\./, "")) ?? spelled(each.field.replace(/^fields\./, ""))}, ${each.direction === "asc" ? "lowest or oldest first" : "highest or newest first"}`)],
      ["Lent for", minutes(draft.lease_minutes)],
      ["Kept longer", `up to ${draft.max_lease_lengths} times that`],
      ["Rests after a try", minutes(draft.cool_down_minutes)],
      ["Tries", String(draft.max_attempts)],
      ["Before all others", draft.max_wait !== null && `when it has waited for ${duration(draft.max_wait)}`],
      ["Calling hours", draft.calling_hours ? "are kept" : "do not matter"],
      ["Each user", limits(draft.hourly_limit, draft.daily_limit).join(", ") || "as many as they like"],
      ["Recipients", draft.recipients.map(account)],
    );
  return lines.flatMap(([label, said]) => (said === null || said === false ? [] : [{ label, items: Array.isArray(said) ? said : [said] }]));
}

export interface Changed {
  label: string;
  before: string[];
  after: string[];
}

/** What two strategies say differently; of lists only what is not in both. */
export function differences(before: Line[], after: Line[]): Changed[] {
  const labels = [...new Set([...before, ...after].map((each) => each.label))];
  const of = (lines: Line[], label: string) => lines.find((each) => each.label === label)?.items ?? [];
  return labels.flatMap((label) => {
    const [was, is] = [of(before, label), of(after, label)];
    if (was.join("\n") === is.join("\n")) return [];
    const [gone, come] = [was.filter((each) => !is.includes(each)), is.filter((each) => !was.includes(each))];
    return gone.length || come.length ? [{ label, before: gone, after: come }] : [{ label: `${label}: the order`, before: was, after: is }];
  });
}
