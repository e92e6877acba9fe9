/** D9: files of leads. What was begun goes on in the server, and stands here until it is no longer kept. */
import { Badge, Button, Card, Checkbox, FileInput, Group, Progress, Select, Stack, Table, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Link, useNavigate } from "react-router";
import { call, Problem } from "../api";
import type { ListedImport } from "../api-types";
import { when } from "../format";
import { Icon } from "../icons";
import { useNames } from "../names";
import { putFile } from "../put-file";
import { useList, useReadAgain } from "../reads";
import { Empty, Failed, Pages, Rows } from "../states";
import { WideTable } from "../wide-table";
import { importWords } from "../words";

const EVERY_MS = 5000;
const PAGE = 25;
const MOST_MB = { xlsx: 64, csv: 256 };

export default function Imports() {
  const found = useInfiniteQuery({
    queryKey: ["GET /v1/imports", PAGE],
    queryFn: ({ pageParam, signal }) => call("GET /v1/imports", { query: { limit: PAGE, cursor: pageParam }, background: true, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.items.some((each) => each.status === "running")) ? EVERY_MS : false),
  });
  return (
    <>
      <Title order={1} size="h2" mb="sm">
        Imports
      </Title>
      <Begin />
      <Title order={2} size="h4" mt="lg" mb="xs">
        Earlier imports
      </Title>
      <Pages query={found} skeleton={<Rows count={4} height={44} />}>
        {(imports) =>
          imports.length > 0 || found.hasNextPage ? (
            <Listed imports={imports} />
          ) : (
            <Empty icon="import" title="Nothing was imported yet">
              A list of leads from a spreadsheet or another system comes in here.
            </Empty>
          )
        }
      </Pages>
    </>
  );
}

/** Chooses a file and puts it where the server reads it; nothing comes in before its columns were looked at. */
function Begin() {
  const sources = useList("GET /v1/sources", {}, { background: true, fresh: 60_000 });
  const [source, setSource] = useState<string | null>(null);
  const [file, setFile] = useState<File | null>(null);
  const [isDated, setDated] = useState(false);
  const [share, setShare] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const stop = useRef<AbortController>(null);
  const again = useReadAgain();
  const navigate = useNavigate();
  const open = (sources.data ?? []).filter((each) => each.enabled);
  const chosen = source ?? open.find((each) => each.id === "api")?.id ?? open[0]?.id ?? null;
  const most = file && /\.xlsx$/i.test(file.name) ? MOST_MB.xlsx : MOST_MB.csv;
  const isTooLarge = file !== null && file.size > most * 1_000_000;

  const send = async () => {
    if (file === null || chosen === null) return;
    setError(null);
    setShare(0);
    stop.current = new AbortController();
    try {
      const begun = await call("POST /v1/imports", { key: crypto.randomUUID(), body: { source: chosen, created_at: isDated ? "row" : "import" } });
      await putFile(begun.upload_url, file, setShare, stop.current.signal);
      await again("GET /v1/imports");
      void navigate(`/imports/${begun.import_id}`);
    } catch (failure) {
      if (!(failure instanceof DOMException)) setError(failure);
    }
    setShare(null);
  };

  return (
    <Card withBorder maw={760}>
      <Stack gap="sm">
        <Group align="flex-start" grow preventGrowOverflow={false} gap="sm">
          <FileInput
            miw={220}
            label="File"
            description="A table with headings: .csv or .xlsx"
            placeholder="Choose a file"
            accept=".csv,.txt,.tsv,.xlsx"
            clearable
            clearButtonProps={{ "aria-label": "No file" }}
            leftSection={<Icon name="import" />}
            value={file}
            onChange={setFile}
            error={isTooLarge ? `is larger than ${most} MB` : undefined}
            disabled={share !== null}
          />
          <Select
            miw={220}
            label="Source"
            description="Where the leads come from"
            placeholder={sources.isPending ? "Loading" : "Choose one"}
            searchable
            allowDeselect={false}
            value={chosen}
            onChange={setSource}
            data={open.map((each) => ({ value: each.id, label: each.name }))}
            nothingFoundMessage="No source is called so"
            error={error instanceof Problem ? error.at("source") : undefined}
            disabled={share !== null}
          />
        </Group>
        <Checkbox checked={isDated} onChange={(event) => setDated(event.currentTarget.checked)} disabled={share !== null} label="The leads are older: a column says when each came into being" />
        {sources.isError && <Failed error={sources.error} again={() => void sources.refetch()} />}
        {error !== null && <Failed error={error} again={() => void send()} />}
        {share === null ? (
          <Group>
            <Button onClick={() => void send()} disabled={file === null || chosen === null || isTooLarge}>
              Upload
            </Button>
            <Text size="sm" c="dimmed">
              Next you see what each column is for. Nothing comes in before you start it.
            </Text>
          </Group>
        ) : (
          <Group wrap="nowrap">
            <Progress value={share * 100} flex={1} size="lg" aria-label="Uploaded" />
            <Text size="sm" className="figures">
              {Math.round(share * 100)} %
            </Text>
            <Button variant="default" onClick={() => stop.current?.abort()}>
              Stop
            </Button>
          </Group>
        )}
      </Stack>
    </Card>
  );
}

function Listed({ imports }: { imports: ListedImport[] }) {
  const { account } = useNames();
  const sources = useList("GET /v1/sources", {}, { background: true, fresh: 60_000 });
  const names = new Map(sources.data?.map((each) => [each.id, each.name]));
  return (
    <WideTable label="Earlier imports" miw={760} highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Begun</Table.Th>
          <Table.Th>By</Table.Th>
          <Table.Th>Source</Table.Th>
          <Table.Th>Now</Table.Th>
          <Table.Th ta="right">Rows</Table.Th>
          <Table.Th ta="right">New leads</Table.Th>
          <Table.Th ta="right">Left out</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {imports.map((each) => (
          <Table.Tr key={each.import_id}>
            <Table.Td>
              <Link to={`/imports/${each.import_id}`}>{when(each.created_at)}</Link>
            </Table.Td>
            <Table.Td>{account(each.by)}</Table.Td>
            <Table.Td>{names.get(each.source) ?? each.source}</Table.Td>
            <Table.Td>
              <Standing of={each} />
            </Table.Td>
            <Table.Td ta="right" className="figures">
              {each.rows_read.toLocaleString()}
            </Table.Td>
            <Table.Td ta="right" className="figures">
              {each.leads_created.toLocaleString()}
            </Table.Td>
            <Table.Td ta="right" className="figures">
              {each.rows_rejected.toLocaleString()}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}

function Standing({ of }: { of: ListedImport }) {
  const isRunning = of.status === "running";
  return (
    <Badge variant="dot" tt="none" color={of.status === "failed" ? "red" : of.status === "done" ? "green" : "gray"}>
      {importWords(of.status)}
      {isRunning && `: ${Math.floor(of.progress * 100)} %`}
    </Badge>
  );
}
