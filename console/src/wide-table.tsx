/** A table that is wider than a phone: it is scrolled sideways, by the keyboard too, and the page stays as wide as it is. */
import { ScrollArea, Table, type TableProps } from "@mantine/core";

/** label: what is read out of the region that is scrolled. miw: pixels below which it is scrolled. */
export function WideTable({ label, ...table }: TableProps & { label: string; miw: number }) {
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0, "aria-label": label, role: "region" }}>
      <Table verticalSpacing="xs" {...table} />
    </ScrollArea>
  );
}
