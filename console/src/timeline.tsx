/** What happened to a lead, newest first. */
import { Button, Text, Timeline as Line } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { call } from "./api";
import type { Event } from "./api-types";
import type { Push } from "./decision";
import { spelled, when } from "./format";
import { useList } from "./reads";
import { Pages, Rows } from "./states";
import { eventWords } from "./words";

const PushTree = lazy(() => import("./decision").then((found) => ({ default: found.PushTree })));

export type Told = Event & Record<string, unknown>;

/** When it was done; what was recorded without a network reached us later. */
function doneAt(event: Told): string {
  return typeof event.recorded_at === "string" ? event.recorded_at : event.at;
}

function isLate(event: Told): boolean {
  return Date.parse(event.at) - Date.parse(doneAt(event)) > 60_000;
}

interface Props {
  lead: string;
  /** What is offered beside an event, with all that is shown. */
  beside?: (event: Told, all: readonly Told[]) => ReactNode;
}

export function Timeline({ lead, beside }: Props) {
  const found = useInfiniteQuery({
    queryKey: ["GET /v1/leads/{id}/timeline", { id: lead }],
    queryFn: ({ pageParam }) => call("GET /v1/leads/{id}/timeline", { path: { id: lead }, query: { limit: 20, cursor: pageParam }, background: true }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const accounts = useList("GET /v1/accounts", {}, { background: true, keep: true, fresh: 600_000 });
  const names = new Map(accounts.data?.map((each) => [each.id, each.name]));
  return (
    <Pages query={found} skeleton={<Rows count={3} />} more="Earlier">
      {(events) => (
        <Line bulletSize={14} lineWidth={2}>
          {(events as Told[]).map((each, at) => (
            <Line.Item key={`${each.at} ${at}`} title={eventWords(each.event)}>
              <Text size="sm" c="dimmed">
                {[when(doneAt(each)), isLate(each) && `told ${when(each.at)}`, each.by && (names.get(each.by) ?? each.by)].filter(Boolean).join(" · ")}
              </Text>
              {typeof each.disposition === "string" && <Text size="sm">{spelled(each.disposition)}</Text>}
              {typeof each.note === "string" && (
                <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
                  {each.note}
                </Text>
              )}
              {beside?.(each, events as Told[])}
              {each.decision !== undefined && each.decision !== null && <Why decision={each.decision as Push} />}
            </Line.Item>
          ))}
        </Line>
      )}
    </Pages>
  );
}

/** The decision that an event came of, when somebody asks. */
function Why({ decision }: { decision: Push }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="transparent" size="compact-sm" px={0} onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
        {isOpen ? "Hide why" : "Why"}
      </Button>
      {isOpen && (
        <Suspense fallback={<Rows count={2} height={20} />}>
          <PushTree decision={decision} />
        </Suspense>
      )}
    </>
  );
}
