/**
 * What was recorded and is not with the server yet. It is on the device before the screen says so, is sent in its order,
 * by one tab at a time, with a key that makes a second sending harmless; what the server refuses stays, with its words.
 */
import { useSyncExternalStore } from "react";
import { call, isPassing, now, Problem, type Answer, type Reads } from "./api";
import type { Operations } from "./api-types";
import { forget, keep, keptBelow } from "./kept";
import { queries } from "./reads";

type Sendable = "POST /v1/leads/{id}/dispositions" | "POST /v1/leads/{id}/notes" | "POST /v1/leads/{id}/calls";

export interface Entry<R extends Sendable = Sendable> {
  /** The idempotency key, and by its time the order. */
  key: string;
  route: R;
  lead: string;
  /** The lead's name and what was recorded, for people. */
  title: string;
  body: Operations[R]["body"];
  /** When it was recorded, by the server's clock, in milliseconds. */
  at: number;
  refused?: { status: number; code: string; message: string };
  /** Those refused before in whose place this is: they go when it is accepted. */
  instead?: string[];
}

export const DISPOSITION = "POST /v1/leads/{id}/dispositions";
const PREFIX = "unsent/";
const LOCK = "outbox";
const AGAIN_MS = 15_000;

let shown: Entry[] = [];
const listeners = new Set<() => void>();
const tabs = new BroadcastChannel("outbox");

/** Reads what is on the device. */
export async function show(): Promise<void> {
  shown = (await keptBelow<Entry>(PREFIX)).sort((a, b) => a.at - b.at);
  listeners.forEach((each) => each());
}

async function changed(): Promise<void> {
  await show();
  tabs.postMessage("changed");
}

/** What waits and what was refused, in the order in which it was recorded. */
export function useOutbox(): readonly Entry[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
}

/** What of it is about this lead. */
export const entriesOf = (lead: string): Entry[] => shown.filter((each) => each.lead === lead);

/** What was refused of what came of this lead. */
export const refusedOf = (lead: string): Entry[] => entriesOf(lead).filter((each) => each.refused && each.route === DISPOSITION);

/** Whether something waits that was not refused. */
export const isWaiting = (): boolean => shown.some((each) => !each.refused);

/** Record something, with the time. Returns once it is on the device; `send` answers what becomes of it now. */
export async function record<R extends Sendable>(entry: Omit<Entry<R>, "key" | "at">): Promise<{ key: string }> {
  const key = crypto.randomUUID();
  const last = shown[shown.length - 1]?.at ?? 0;
  const at = Math.max(now(), last + 1);
  const recorded_at = new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
  await keep(PREFIX + key, { ...entry, body: { ...entry.body, recorded_at }, key, at });
  await changed();
  return { key };
}

export type Sent = { answer: Answer<Sendable> } | { waits: true } | { refused: Problem };

const outcomes = new Map<string, Sent>();

/** Send what waits, in order; answers what became of the entry. */
export async function send(key?: string): Promise<Sent> {
  await navigator.locks.request(LOCK, sendAll);
  const outcome = key === undefined ? undefined : outcomes.get(key);
  if (key !== undefined) outcomes.delete(key);
  return outcome ?? { waits: true };
}

async function sendAll(): Promise<void> {
  const entries = (await keptBelow<Entry>(PREFIX)).filter((each) => !each.refused).sort((a, b) => a.at - b.at);
  for (const entry of entries) {
    try {
      const answer = await call(entry.route, { path: { id: entry.lead }, body: entry.body as never, key: entry.key });
      for (const key of [entry.key, ...(entry.instead ?? [])]) await forget(PREFIX + key);
      outcomes.set(entry.key, { answer: answer as Answer<Sendable> });
    } catch (error) {
      if (isPassing(error) || !(error instanceof Problem) || error.status === 401) break;
      outcomes.set(entry.key, { refused: error });
      const message = error.fields.map((each) => each.message).join("; ") || error.message;
      await keep(PREFIX + entry.key, { ...entry, refused: { status: error.status, code: error.code, message } });
    }
    await changed();
  }
  if (entries.length) {
    const told: Reads[] = ["GET /v1/leads", "GET /v1/leads/{id}", "GET /v1/leads/{id}/timeline", "GET /v1/me"];
    for (const route of told) void queries.invalidateQueries({ queryKey: [route] });
  }
}

/** Send a refused entry once more. */
export async function sendAgain(entry: Entry): Promise<void> {
  const { refused: _, ...rest } = entry;
  await keep(PREFIX + entry.key, rest);
  await changed();
  await send();
}

export async function drop(entry: Entry): Promise<void> {
  await forget(PREFIX + entry.key);
  await changed();
}

/** Sends whenever there may be a network again; returns what ends that. */
export function startSending(): () => void {
  const attempt = () => {
    if (isWaiting() && navigator.onLine) void send();
  };
  const seen = () => document.visibilityState === "visible" && attempt();
  tabs.onmessage = () => void show();
  window.addEventListener("online", attempt);
  document.addEventListener("visibilitychange", seen);
  const timer = window.setInterval(attempt, AGAIN_MS);
  void show().then(attempt);
  return () => {
    window.removeEventListener("online", attempt);
    document.removeEventListener("visibilitychange", seen);
    window.clearInterval(timer);
  };
}

