/**
 * Every call of the API goes through here: typed by the API's document, with the user's token, and with the time of the
 * server, by which timers run.
 */
import type { Operations, Problem as ProblemBody } from "./api-types";
import { session } from "./sign-in/session";

export type Route = keyof Operations;
export type Answer<R extends Route> = Operations[R]["answer"];
export type Reads = Extract<Route, `GET ${string}`>;
/** The one of an answer's shapes that has this key. */
export type With<T, K extends PropertyKey> = Extract<T, Record<K, unknown>>;

type Names<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Query<R extends Route> = [Operations[R]["query"]] extends [never] ? never : Operations[R]["query"] & string;
type Value = string | number | boolean | undefined | null | readonly string[];

export interface Asked<R extends Route> {
  /** What stands in braces in the path. */
  path?: Record<Names<R>, string>;
  query?: Partial<Record<Query<R>, Value>>;
  body?: Operations[R]["body"];
  /** In the place of a body: a table, as somebody has it. */
  table?: Blob;
  /** For an answer as text, `text/csv`; without it JSON. */
  accept?: string;
  /** The version that a change is of, as an `ETag`. */
  ifMatch?: string | number;
  /** 412 where there is one of this id. */
  onlyNew?: boolean;
  /** The same key for the same request, however often it is sent. */
  key?: string;
  /** In the place of the user: a source's key. */
  sourceKey?: string;
  /** Nobody is behind it: it does not count as the user's activity. */
  background?: boolean;
  signal?: AbortSignal;
}

/** What the API refused, in its words: `code` is stable, `fields` say what is wrong with which. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: { field: string; code: string; message: string }[];
  readonly requestId: string | null;
  /** What else the answer has, such as `next_at`. */
  readonly more: Record<string, unknown>;
  /** Seconds. */
  readonly retryAfter: number | null;

  constructor(status: number, body: Partial<ProblemBody> & Record<string, unknown>, headers?: Headers) {
    super(typeof body.detail === "string" ? body.detail : typeof body.message === "string" ? body.message : `The server answered ${status}.`);
    this.name = "Problem";
    this.status = status;
    this.code = body.code ?? `http_${status}`;
    this.fields = body.errors ?? [];
    this.requestId = headers?.get("x-request-id") ?? headers?.get("apigw-requestid") ?? null;
    this.more = body;
    this.retryAfter = Number(headers?.get("retry-after")) || null;
  }

  /** The message for a field, by its path such as `recipients[0].account`. */
  at(field: string): string | undefined {
    return this.fields.find((each) => each.field === field)?.message;
  }
}

/** No answer came. */
export class Unreachable extends Error {
  constructor() {
    super("The server cannot be reached.");
    this.name = "Unreachable";
  }
}

/** Whether the same request may well be answered when it is sent again. */
export function isPassing(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Problem && (error.status >= 500 || error.status === 429));
}

// Milliseconds that the server is ahead of this device's clock, which may be wrong by minutes.
let ahead = 0;

/** Now, by the server's clock, in milliseconds. */
export function now(): number {
  return Date.now() + ahead;
}

function readClock(date: string | null, sent: number, received: number): void {
  if (date === null) return;
  // The header has whole seconds; half of one is the best guess, as is half of the way there and back.
  const measured = Date.parse(date) + 500 - (sent + received) / 2;
  if (Number.isFinite(measured) && Math.abs(measured - ahead) > 1500) ahead = measured;
}

function address(route: string, path: Record<string, string>, query: Record<string, Value>): string {
  const filled = route.slice(route.indexOf(" ") + 1).replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ""));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined && each !== null && each !== "") asked.append(name, String(each));
  return asked.size ? `${filled}?${asked}` : filled;
}

/** One request. Raises Problem for what is refused, Unreachable where no answer comes. */
export async function call<R extends Route>(route: R, asked: Asked<R> = {}): Promise<Answer<R>> {
  return (await send(route, asked)).body as Answer<R>;
}

/** As `call`, with the answer's headers: an `etag`, a `link`. */
export async function send<R extends Route>(route: R, asked: Asked<R> = {}): Promise<{ body: Answer<R>; headers: Headers }> {
  const response = asked.sourceKey === undefined ? await asUser(route, asked) : await once(route, asked, { "x-api-key": asked.sourceKey });
  const text = await response.text();
  const body: unknown = text && /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : text || undefined;
  if (!response.ok) throw new Problem(response.status, (typeof body === "object" && body ? body : {}) as Record<string, unknown>, response.headers);
  return { body: body as Answer<R>, headers: response.headers };
}

async function asUser<R extends Route>(route: R, asked: Asked<R>): Promise<Response> {
  const token = await session().token();
  const first = await once(route, asked, { authorization: `Bearer ${token}` });
  return first.status === 401 ? once(route, asked, { authorization: `Bearer ${await session().renewed(token)}` }) : first;
}

async function once<R extends Route>(route: R, asked: Asked<R>, who: Record<string, string>): Promise<Response> {
  const method = route.slice(0, route.indexOf(" "));
  const headers = new Headers({ ...who, accept: asked.accept ?? "application/json" });
  if (asked.background) headers.set("x-activity", "background");
  if (asked.key !== undefined) headers.set("idempotency-key", asked.key);
  if (asked.onlyNew) headers.set("if-none-match", "*");
  if (asked.ifMatch !== undefined) headers.set("if-match", typeof asked.ifMatch === "number" ? `"${asked.ifMatch}"` : asked.ifMatch);
  if (asked.body !== undefined) headers.set("content-type", "application/json");
  if (asked.table) headers.set("content-type", "text/csv");
  const sent = Date.now();
  try {
    const response = await fetch(address(route, asked.path ?? {}, asked.query ?? {}), {
      method,
      headers,
      body: asked.table ?? (asked.body === undefined ? null : JSON.stringify(asked.body)),
      cache: "no-store",
      signal: asked.signal ?? AbortSignal.timeout(30_000),
    });
    readClock(response.headers.get("date"), sent, Date.now());
    return response;
  } catch (error) {
    if (asked.signal?.aborted) throw error;
    throw new Unreachable();
  }
}

/** All pages of a list, each entry in its order. */
export async function all<T>(page: (cursor: string | undefined) => Promise<{ items: T[]; next: string | null }>): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  do {
    const { items, next } = await page(cursor);
    found.push(...items);
    cursor = next ?? undefined;
  } while (cursor);
  return found;
}
