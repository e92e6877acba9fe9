/** Criteria as sentences. */
import { dateTime, spelled, state } from "./format";

export const OPERATORS: Record<string, string> = {
  equals: "is",
  not_equals: "is not",
  in: "is one of",
  not_in: "is none of",
  contains: "contains",
  not_contains: "does not contain",
  starts_with: "starts with",
  greater_than: "is more than",
  less_than: "is less than",
  between: "is between",
  is_empty: "is empty",
  is_not_empty: "is filled in",
  within_last: "is within the last",
  older_than: "is longer ago than",
};

/** "PT24H" as "24 h", "P2D" as "2 days"; anything else as it is. */
export function duration(text: string): string {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(text);
  if (!found) return text;
  const [, days, hours, minutes] = found;
  return [days && `${days} days`, hours && `${hours} h`, minutes && `${minutes} min`].filter(Boolean).join(" ") || text;
}

function words(field: string, value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return value.toLocaleString();
  if (typeof value !== "string") return JSON.stringify(value);
  if (field === "state") return state(value);
  return /^\d{4}-\d\d-\d\dT/.test(value) ? dateTime(value) : duration(value);
}

/** "State is one of Texas, Oklahoma", with the fields' labels where they are known. */
export function sentence(field: string, operator: string, value: unknown, labels?: ReadonlyMap<string, string>, more = 0): string {
  const name = field.replace(/^fields\./, "");
  const subject = labels?.get(name) ?? spelled(name);
  const verb = OPERATORS[operator] ?? spelled(operator).toLowerCase();
  if (operator === "is_empty" || operator === "is_not_empty") return `${subject} ${verb}`;
  const values = Array.isArray(value) ? value.map((each) => words(name, each)) : [words(name, value)];
  if (more > 0) values.push(`${more.toLocaleString()} more`);
  return `${subject} ${verb} ${values.join(operator === "between" ? " and " : ", ")}`;
}
