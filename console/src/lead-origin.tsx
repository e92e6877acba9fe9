/** What the person agreed to, and by which way the lead came: shown when somebody asks. */
import { Anchor, Button, Card, Collapse, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";
import type { Lead } from "./api-types";
import { dateTime, spelled } from "./format";

type Fact = readonly [label: string, shown: ReactNode];

/** A page that can be opened; anything else is text, whatever it would do as a link. */
function Page({ address }: { address: string }) {
  if (!/^https?:\/\//i.test(address)) return address;
  return (
    <Anchor href={address} target="_blank" rel="noopener noreferrer" inherit>
      {address}
    </Anchor>
  );
}

export function Origin({ lead: { consent, attribution } }: { lead: Lead }) {
  const agreed: Fact[] = [
    ["Text", consent?.text],
    ["When", consent?.at && dateTime(consent.at)],
    ["On the page", consent?.page],
    ["From the address", consent?.ip],
    ["Certificate", consent?.certificate && <Page address={consent.certificate} />],
  ];
  const came = Object.entries(attribution ?? {}).map(([fact, said]): Fact => [spelled(fact), said]);
  const shown = [
    { title: "What was agreed", facts: agreed.filter(([, fact]) => fact) },
    { title: "How it came", facts: came.filter(([, fact]) => fact) },
  ].filter(({ facts }) => facts.length > 0);
  if (shown.length === 0) return null;
  return (
    <Card withBorder>
      <Stack gap="xs">
        {shown.map((each) => (
          <Facts key={each.title} {...each} />
        ))}
      </Stack>
    </Card>
  );
}

function Facts({ title, facts }: { title: string; facts: Fact[] }) {
  const [isOpen, { toggle }] = useDisclosure();
  return (
    <div>
      <Button variant="transparent" size="compact-md" px={0} onClick={toggle} aria-expanded={isOpen}>
        {title}
      </Button>
      <Collapse expanded={isOpen}>
        <table className="facts">
          <tbody>
            {facts.map(([label, fact]) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td style={{ whiteSpace: "pre-wrap" }}>{fact}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Collapse>
    </div>
  );
}
