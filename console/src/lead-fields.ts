/** The fields that criteria name, what may be asked of each, and how its values are entered. */
import type { RecordTypeResource } from "./api-types";
import { OPERATORS } from "./criterion-words";
import { spelled } from "./format";
import { labelsOf } from "./strategies";

export type FieldKind = "text" | "number" | "boolean" | "date" | "datetime" | "choice";

export interface FieldOf {
  name: string;
  label: string;
  kind: FieldKind;
  /** What it may be, with its words; a source's and a disposition's are known by who asks. */
  choices?: { value: string; label: string }[];
  group: string;
}

const STATIC: readonly (readonly [string, FieldKind])[] = [
  ["state", "text"], ["postal_code", "text"], ["timezone", "text"], ["source", "text"], ["channel", "text"], ["campaign", "text"], ["cost", "number"], ["created_at", "datetime"],
  ["attempts", "number"], ["pull_count", "number"], ["last_disposition", "text"], ["status", "text"], ["first_name", "text"], ["last_name", "text"], ["email", "text"], ["phone", "text"],
];
const FACTS = [
  "attribution.utm_source", "attribution.utm_medium", "attribution.utm_campaign", "attribution.utm_term", "attribution.utm_content", "attribution.landing_page", "attribution.referrer",
  "attribution.gclid", "attribution.fbclid", "consent.text", "consent.page", "consent.certificate",
] as const;

type Choices = Record<string, { value: string; label: string }[]>;

export function fieldsOf(type: RecordTypeResource | undefined, choices: Choices): FieldOf[] {
  const labels = labelsOf(type);
  const own = (type?.fields ?? []).map((each): FieldOf => ({
    name: `fields.${each.name}`,
    label: each.label || spelled(each.name),
    kind: each.type === "string" ? "text" : each.type,
    choices: each.choices?.map((one) => ({ value: one, label: spelled(one) })),
    group: "This record type",
  }));
  const known = STATIC.map(([name, kind]): FieldOf => ({ name, kind, label: labels.get(name) ?? spelled(name), choices: choices[name], group: "Every lead" }));
  const facts = FACTS.map((name): FieldOf => ({ name, kind: "text", label: spelled(name.replace(".", ": ")), group: "How it came" }));
  return [...own, ...known, ...facts, { name: "consent.at", kind: "datetime", label: "Consent: at", group: "How it came" }];
}

const ALWAYS = ["is_empty", "is_not_empty"];
const BY_KIND: Record<FieldKind, readonly string[]> = {
  text: ["in", "not_in", "equals", "not_equals", "contains", "not_contains", "starts_with"],
  choice: ["in", "not_in", "equals", "not_equals"],
  number: ["equals", "not_equals", "greater_than", "less_than", "between", "in", "not_in"],
  boolean: ["equals"],
  date: ["within_last", "older_than", "equals", "not_equals", "greater_than", "less_than", "between"],
  datetime: ["within_last", "older_than", "greater_than", "less_than", "between"],
};

/** Words of comparison that suit a date better than a number. */
const OF_DATES: Record<string, string> = { greater_than: "is after", less_than: "is before" };

export function operatorsOf(kind: FieldKind): { value: string; label: string }[] {
  const isDate = kind === "date" || kind === "datetime";
  return [...BY_KIND[kind], ...ALWAYS].map((value) => ({ value, label: (isDate ? OF_DATES[value] : undefined) ?? OPERATORS[value] ?? value }));
}
