import { send, type Reads } from "./api";
import { patiently } from "./patience";

const PAGE = 200;

/** The whole of a list as the server's CSV, page after page. onRows: how many there are so far. */
export async function readCsv(route: "GET /v1/do-not-call" & Reads, onRows: (count: number) => void, signal: AbortSignal): Promise<Blob> {
  const parts: string[] = [];
  let cursor: string | undefined;
  let rows = 0;
  do {
    const { body, headers } = await patiently(() => send(route, { query: { limit: PAGE, cursor }, accept: "text/csv", signal }));
    const text = String(body ?? "");
    // Each page has the headings.
    parts.push(parts.length ? text.slice(text.indexOf("\n") + 1) : text);
    cursor = new URL(/<([^>]+)>/.exec(headers.get("link") ?? "")?.[1] ?? "", window.location.origin).searchParams.get("cursor") ?? undefined;
    rows += PAGE;
    onRows(rows);
  } while (cursor);
  return new Blob(parts, { type: "text/csv;charset=utf-8" });
}
