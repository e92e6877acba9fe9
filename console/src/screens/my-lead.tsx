/** A lead of the user's own, without a timer, with what happened to it below. */
import { Button, Container, Paper, Title } from "@mantine/core";
import { useLocation, useNavigate, useParams } from "react-router";
import { Problem } from "../api";
import { Icon } from "../icons";
import { LeadCard } from "../lead-card";
import { useList, useRead } from "../reads";
import { Shown } from "../states";
import { Timeline } from "../timeline";

export default function MyLead() {
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const isFromDesk = (useLocation().state as { isFromDesk?: boolean } | null)?.isFromDesk ?? false;
  const leave = () => void (isFromDesk ? navigate(-1) : navigate("/mine"));
  const found = useRead("GET /v1/leads/{id}", { path: { id } }, { keep: true });
  const mine = useList("GET /v1/leads", { query: { mine: true } }, { keep: true, enabled: false });
  // The list that it was opened from has all of it: enough at once, and where there is no network.
  const listed = found.data === undefined && !(found.error instanceof Problem) ? mine.data?.find((each) => each.id === id) : undefined;
  return (
    <Container size="xs" p={0}>
      <Button variant="subtle" size="compact-md" leftSection={<Icon name="back" />} onClick={leave} mb="xs">
        {isFromDesk ? "Back" : "Mine"}
      </Button>
      <Shown query={listed ? ({ ...found, data: listed, dataUpdatedAt: mine.dataUpdatedAt } as typeof found) : found}>
        {(lead) => (
          <>
            <LeadCard key={lead.id} lead={lead} lease={null} onDone={leave} />
            <Paper withBorder p="md" mt="lg">
              <Title order={2} size="h4" mb="sm">
                What happened
              </Title>
              <Timeline lead={lead.id} />
            </Paper>
          </>
        )}
      </Shown>
    </Container>
  );
}
