/** A decision as a tree in plain words: which strategy took the lead, why each other did not, who could have it. */
import { Box, Group, Stack, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { sentence } from "./criterion-words";
import { count } from "./format";
import { Icon } from "./icons";
import { useNames } from "./names";
import { reasonWords } from "./words";

interface Criterion {
  field: string;
  operator: string;
  value?: unknown;
  value_more?: number;
  held: boolean;
  reason?: string | null;
}
export type Tried = Criterion | { any: Criterion[]; any_more?: number; held: boolean };

interface Recipient {
  account: string;
  eligible: boolean;
  reason: string;
  hour?: number;
  day?: number;
  interval?: number;
  next?: Push;
}

interface Strategy {
  id: string;
  version?: number;
  matched: boolean;
  criteria?: Tried[];
  criteria_more?: number;
  recipients?: Recipient[];
  recipients_more?: Record<string, number>;
}

export interface Push {
  outcome: "assigned" | "held" | "no_strategy";
  account: string | null;
  strategy: string | null;
  strategies?: Strategy[];
  strategies_more?: { matched: number; not_matched: number };
  next?: Push | null;
}

export interface Filing {
  filed: boolean;
  strategies?: Strategy[];
  strategies_more?: { matched: number; not_matched: number };
  reason?: string | null;
  rank?: unknown;
}

/** Why most criteria do not hold: it says nothing more. */
const PLAIN = "does not hold";

const OUTCOME = { assigned: "Goes to", held: "Nobody can take it: it is held", no_strategy: "No strategy takes it" } as const;

/** labels: what a record type calls its fields, by name. */
export function PushTree({ decision, labels }: { decision: Push; labels?: ReadonlyMap<string, string> }) {
  const { account } = useNames();
  return (
    <Stack gap={6}>
      <Text fw={600}>
        {OUTCOME[decision.outcome]}
        {decision.outcome === "assigned" && decision.account && ` ${account(decision.account)}`}
      </Text>
      <Strategies all={decision.strategies ?? []} more={decision.strategies_more} chosen={decision.strategy} account={decision.account} labels={labels} />
      {decision.next && (
        <Nested>
          <PushTree decision={decision.next} labels={labels} />
        </Nested>
      )}
    </Stack>
  );
}

export function FilingTree({ filing, labels }: { filing: Filing; labels?: ReadonlyMap<string, string> }) {
  return (
    <Stack gap={6}>
      <Text fw={600}>{filing.filed ? "Can be pulled" : `Cannot be pulled: ${reasonWords(filing.reason ?? "unmatched")}`}</Text>
      <Strategies all={filing.strategies ?? []} more={filing.strategies_more} chosen={null} account={null} labels={labels} />
    </Stack>
  );
}

function Strategies({ all, more, chosen, account, labels }: { all: Strategy[]; more?: { matched: number; not_matched: number }; chosen: string | null; account: string | null; labels?: ReadonlyMap<string, string> }) {
  const others = (more?.matched ?? 0) + (more?.not_matched ?? 0);
  return (
    <>
      {all.map((each) => (
        <OneStrategy key={each.id} strategy={each} isChosen={each.id === chosen} account={account} labels={labels} />
      ))}
      {others > 0 && (
        <Text size="sm" c="dimmed">
          and {count(others, "more strategy", "more strategies")}
        </Text>
      )}
    </>
  );
}

function OneStrategy({ strategy, isChosen, account, labels }: { strategy: Strategy; isChosen: boolean; account: string | null; labels?: ReadonlyMap<string, string> }) {
  const names = useNames();
  const recipients = strategy.recipients ?? [];
  const failed = (strategy.criteria ?? []).filter((each) => !each.held);
  const summary = strategy.matched ? (recipients.length && !isChosen ? "matches, and nobody of it can take the lead" : "matches") : `does not match${failed.length ? `: ${failed.map((each) => told(each, labels)).join("; ")}` : ""}`;
  return (
    <Folded
      isOpen={isChosen || (strategy.matched && recipients.length > 0)}
      good={strategy.matched}
      title={
        <>
          <b>{names.strategy(strategy.id)}</b>
          {strategy.version !== undefined && <Text span c="dimmed">{` (version ${strategy.version})`}</Text>} {summary}
        </>
      }
    >
      <Criteria tried={strategy.criteria ?? []} labels={labels} />
      {(strategy.criteria_more ?? 0) > 0 && <Line>and {count(strategy.criteria_more ?? 0, "more criterion", "more criteria")}</Line>}
      {recipients.map((each) => (
        <OneRecipient key={each.account} recipient={each} isChosen={isChosen && each.account === account} labels={labels} />
      ))}
      {Object.entries(strategy.recipients_more ?? {}).map(([reason, number]) => (
        <Line key={reason}>
          {count(number, "more recipient")}: {reasonWords(reason)}
        </Line>
      ))}
    </Folded>
  );
}

/** Each criterion, and whether it holds. */
export function Criteria({ tried, labels }: { tried: readonly Tried[]; labels?: ReadonlyMap<string, string> }) {
  return tried.map((each, at) => (
    <Line key={at} good={each.held}>
      {told(each, labels)}
    </Line>
  ));
}

function OneRecipient({ recipient, isChosen, labels }: { recipient: Recipient; isChosen: boolean; labels?: ReadonlyMap<string, string> }) {
  const { account } = useNames();
  const had = recipient.day === undefined ? "" : ` · ${recipient.day} today`;
  return (
    <>
      <Line good={recipient.eligible}>
        <b>{account(recipient.account)}</b>: {isChosen ? "gets it" : reasonWords(recipient.reason)}
        <Text span c="dimmed">
          {had}
        </Text>
      </Line>
      {recipient.next && (
        <Nested>
          <PushTree decision={recipient.next} labels={labels} />
        </Nested>
      )}
    </>
  );
}

function told(tried: Tried, labels?: ReadonlyMap<string, string>): string {
  if ("any" in tried) return tried.any.map((each) => told(each, labels)).join(" or ") + (tried.any_more ? ` or ${tried.any_more} more` : "");
  const asked = sentence(tried.field, tried.operator, tried.value, labels, tried.value_more);
  return tried.held || !tried.reason || tried.reason === PLAIN ? asked : `${asked} (${tried.reason})`;
}

function Line({ good, children }: { good?: boolean; children: ReactNode }) {
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <Box pt={3} c={good === undefined ? "dimmed" : good ? "green" : "red"} style={{ flexShrink: 0, width: 14 }}>
        {good !== undefined && <Icon name={good ? "check" : "close"} size={14} />}
      </Box>
      <Text size="sm">
        {good !== undefined && <VisuallyHidden component="span">{good ? "Yes: " : "No: "}</VisuallyHidden>}
        {children}
      </Text>
    </Group>
  );
}

function Nested({ children }: { children: ReactNode }) {
  return (
    <Box ml="sm" pl="sm" style={{ borderLeft: "2px solid var(--mantine-color-default-border)" }}>
      {children}
    </Box>
  );
}

function Folded({ isOpen, good, title, children }: { isOpen: boolean; good: boolean; title: ReactNode; children: ReactNode }) {
  const [shown, setShown] = useState(isOpen);
  return (
    <div>
      <UnstyledButton onClick={() => setShown(!shown)} aria-expanded={shown} w="100%">
        <Group gap={6} wrap="nowrap" align="flex-start">
          <Box pt={4} style={{ flexShrink: 0, width: 14, transform: shown ? "rotate(90deg)" : undefined }}>
            <Icon name="forward" size={14} />
          </Box>
          <Text size="sm" c={good ? undefined : "dimmed"}>
            {title}
          </Text>
        </Group>
      </UnstyledButton>
      {shown && (
        <Nested>
          <Stack gap={4} py={4}>
            {children}
          </Stack>
        </Nested>
      )}
    </div>
  );
}
