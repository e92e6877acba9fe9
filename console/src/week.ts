/** The hours of a week as a calling rule has them, by day, and in words. */
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];
/** From when until when, as `08:00`; null for no calls. */
export type Hours = readonly [string, string] | null;
/** A rule's windows: by days, or ranges of them (`mon-fri`), and `holiday`. */
export type Windows = Record<string, readonly string[] | null>;

export interface Week {
  days: Record<Day, Hours>;
  /** Undefined: a holiday is as its weekday. */
  holiday: Hours | undefined;
}

const hoursOf = (found: readonly string[] | null | undefined): Hours => (found?.length === 2 ? [found[0] ?? "", found[1] ?? ""] : null);

export function weekOf(windows: Windows): Week {
  const days = Object.fromEntries(DAYS.map((day) => [day, null])) as Record<Day, Hours>;
  for (const [name, found] of Object.entries(windows)) {
    const [first, last = first] = name.split("-") as [Day, Day?];
    if (!DAYS.includes(first)) continue;
    for (let at = DAYS.indexOf(first); ; at = (at + 1) % 7) {
      const day = DAYS[at] ?? first;
      days[day] = hoursOf(found);
      if (day === last) break;
    }
  }
  return { days, holiday: "holiday" in windows ? hoursOf(windows.holiday) : undefined };
}

/** Days that follow each other and have the same hours. */
function spans(week: Week): { first: Day; last: Day; hours: Hours }[] {
  const found: { first: Day; last: Day; hours: Hours }[] = [];
  for (const day of DAYS) {
    const before = found.at(-1);
    if (before && String(before.hours) === String(week.days[day])) before.last = day;
    else found.push({ first: day, last: day, hours: week.days[day] });
  }
  return found;
}

export function windowsOf(week: Week): Record<string, string[] | null> {
  const found = spans(week).map(({ first, last, hours }) => [first === last ? first : `${first}-${last}`, hours && [...hours]] as const);
  return Object.fromEntries(week.holiday === undefined ? found : [...found, ["holiday", week.holiday && [...week.holiday]]]);
}

/** "Monday". */
export function dayName(day: Day, length: "long" | "short" = "long"): string {
  // 5 January 1970 was a Monday.
  return new Intl.DateTimeFormat(undefined, { weekday: length, timeZone: "UTC" }).format(new Date(Date.UTC(1970, 0, 5 + DAYS.indexOf(day))));
}

/** A time of day, as people write it. */
export function clock(text: string): string {
  if (text === "24:00") return "midnight";
  const [hour = 0, minute = 0] = text.split(":").map(Number);
  return new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit", timeZone: "UTC" }).format(new Date(Date.UTC(1970, 0, 1, hour, minute)));
}

function hoursWords(hours: Hours): string {
  return hours === null ? "no calls" : `${clock(hours[0])} to ${clock(hours[1])}`;
}

/** "Mon to Sat 8:00 AM to 9:00 PM; Sun no calls; holidays no calls". */
export function weekWords(week: Week): string {
  const days = spans(week);
  const found = days.map(({ first, last, hours }) => {
    const named = first === last ? dayName(first, "short") : days.length === 1 ? "every day" : `${dayName(first, "short")} to ${dayName(last, "short")}`;
    return `${named} ${hoursWords(hours)}`;
  });
  if (week.holiday !== undefined) found.push(`holidays ${hoursWords(week.holiday)}`);
  const text = found.join("; ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The next instant at which it is this day and time in a zone; today's when it is not over. */
export function nextThere(day: Day, at: string, zone: string, from: number): Date {
  const [hour = 0, minute = 0] = at.split(":").map(Number);
  const there = partsOf(from, zone);
  const ahead = (DAYS.indexOf(day) - there.weekday + 7) % 7;
  const wanted = (days: number) => instantOf(Date.UTC(there.year, there.month - 1, there.day + days, hour, minute), zone);
  const first = wanted(ahead);
  return new Date(first < from ? wanted(ahead + 7) : first);
}

function partsOf(at: number, zone: string): { year: number; month: number; day: number; weekday: number; wall: number } {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" });
  const found = Object.fromEntries(format.formatToParts(at).map((each) => [each.type, Number(each.value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = found;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  return { year, month, day, weekday: (new Date(wall).getUTCDay() + 6) % 7, wall };
}

/** When a zone's clock shows this; asked twice, for the zone may be shifted between. */
function instantOf(wall: number, zone: string): number {
  let found = wall;
  for (let times = 0; times < 2; times += 1) found = wall - (partsOf(found, zone).wall - found);
  return found;
}
