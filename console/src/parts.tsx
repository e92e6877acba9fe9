/** The parts of a screen, one at a time, by the address. What was typed in one stays there while others are looked at. */
import { Tabs } from "@mantine/core";
import { Suspense, useState, type ReactNode } from "react";
import { useSearchParams } from "react-router";
import { Rows } from "./states";

interface Part {
  value: string;
  label: string;
  content: ReactNode;
}

export function Parts({ parts }: { parts: readonly [Part, ...Part[]] }) {
  const [asked, setAsked] = useSearchParams();
  const shown = parts.find((each) => each.value === asked.get("part")) ?? parts[0];
  const [visited, setVisited] = useState<readonly string[]>([shown.value]);
  if (!visited.includes(shown.value)) setVisited([...visited, shown.value]);
  const choose = (next: string | null) => setAsked(next === null || next === parts[0].value ? {} : { part: next });
  return (
    <Tabs value={shown.value} onChange={choose}>
      <Tabs.List mb="md">
        {parts.map((each) => (
          <Tabs.Tab key={each.value} value={each.value}>
            {each.label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {parts.map((each) => (
        <Tabs.Panel key={each.value} value={each.value}>
          {visited.includes(each.value) && <Suspense fallback={<Rows />}>{each.content}</Suspense>}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
