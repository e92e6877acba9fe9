/** Values as people read them. Times are in the device's zone unless a zone is given. */
import { now } from "./api";

export function time(at: string | number, zone?: string): string {
  return new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit", timeZone: zone }).format(new Date(at));
}

/** The day in a zone, as the API and a date's input take it. */
export function today(zone?: string): string {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(now());
  return ["year", "month", "day"].map((part) => parts.find(({ type }) => type === part)?.value).join("-");
}

export function dateTime(at: string | number, zone?: string): string {
  return new Intl.DateTimeFormat(undefined, { weekday: "short", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZone: zone }).format(new Date(at));
}

/** The time alone for today, the day too for any other. */
export function when(at: string | number, zone?: string): string {
  const day = (instant: string | number) => new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeZone: zone }).format(new Date(instant));
  return day(at) === day(now()) ? time(at, zone) : dateTime(at, zone);
}

/** "in 20 min", "3 h ago". */
export function relative(at: string | number): string {
  const minutes = Math.round((new Date(at).getTime() - now()) / 60_000);
  if (minutes === 0) return "now";
  const size = Math.abs(minutes);
  const text = size < 60 ? `${size} min` : size < 48 * 60 ? `${Math.round(size / 60)} h` : `${Math.round(size / 1440)} days`;
  return minutes < 0 ? `${text} ago` : `in ${text}`;
}

/** Minutes and seconds, never below nothing. */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const rest = String(seconds % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/** A US number as people write it; others as they are dialled. */
export function phone(number: string): string {
  const us = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return us ? `(${us[1]}) ${us[2]}-${us[3]}` : number;
}

export function name(person: { first_name?: string | null; last_name?: string | null; email?: string | null; phone?: string | null; id?: string }): string {
  const full = [person.first_name, person.last_name].filter(Boolean).join(" ");
  return full || person.email || (person.phone ? phone(person.phone) : (person.id ?? "Nobody"));
}

export function count(number: number, one: string, several = `${one}s`): string {
  return `${number.toLocaleString()} ${number === 1 ? one : several}`;
}

/** A lead's value as its field says: money, a percentage, a date, or as it is. */
export function value(found: unknown, field?: { type: string; format?: string | null; unit?: string | null }): string {
  if (found === null || found === undefined || found === "") return "";
  if (typeof found === "boolean") return found ? "yes" : "no";
  if (typeof found === "number") {
    if (field?.format === "money") return new Intl.NumberFormat(undefined, { style: "currency", currency: field.unit ?? "USD", minimumFractionDigits: 0, maximumFractionDigits: 2 }).format(found);
    if (field?.format === "percent") return `${found.toLocaleString()} %`;
    const text = field?.format === "plain" ? String(found) : found.toLocaleString();
    return field?.unit ? `${text} ${field.unit}` : text;
  }
  if (typeof found === "string" && field?.type === "datetime" && !Number.isNaN(Date.parse(found))) return dateTime(found);
  if (typeof found === "string" && field?.type === "choice") return spelled(found);
  return typeof found === "string" ? found : JSON.stringify(found);
}

/** A stored word such as `loan_amount` where nothing has a label for it. */
export function spelled(word: string): string {
  const spaced = word.replace(/[_-]+/g, " ").trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export const STATES: Readonly<Record<string, string>> = {
  AL: "Alabama", AK: "Alaska", AZ: "Arizona", AR: "Arkansas", CA: "California", CO: "Colorado", CT: "Connecticut",
  DE: "Delaware", DC: "District of Columbia", FL: "Florida", GA: "Georgia", HI: "Hawaii", ID: "Idaho", IL: "Illinois",
  IN: "Indiana", IA: "Iowa", KS: "Kansas", KY: "Kentucky", LA: "Louisiana", ME: "Maine", MD: "Maryland",
  MA: "Massachusetts", MI: "Michigan", MN: "Minnesota", MS: "Mississippi", MO: "Missouri", MT: "Montana",
  NE: "Nebraska", NV: "Nevada", NH: "New Hampshire", NJ: "New Jersey", NM: "New Mexico", NY: "New York",
  NC: "North Carolina", ND: "North Dakota", OH: "Ohio", OK: "Oklahoma", OR: "Oregon", PA: "Pennsylvania",
  PR: "Puerto Rico", RI: "Rhode Island", SC: "South Carolina", SD: "South Dakota", TN: "Tennessee", TX: "Texas",
  UT: "Utah", VT: "Vermont", VA: "Virginia", WA: "Washington", WV: "West Virginia", WI: "Wisconsin", WY: "Wyoming",
};

export function state(code: string): string {
  return STATES[code] ?? code;
}

/** "1st", "2nd", "11th". */
export function ordinal(number: number): string {
  const rule = new Intl.PluralRules("en", { type: "ordinal" }).select(number);
  return `${number}${{ one: "st", two: "nd", few: "rd", other: "th", many: "th", zero: "th" }[rule]}`;
}

/** What is wrong, or was noticed; some of it is of no field. */
export function noticed({ field, message }: { field: string; message: string }): string {
  return field ? `${field}: ${message}` : message;
}
