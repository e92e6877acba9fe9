/** The few pictures that the console needs, as strokes of one weight. */
const PATHS = {
  next: "M5 4h3.5l1.8 4.5-2.2 1.6a11 11 0 0 0 5.8 5.8l1.6-2.2 4.5 1.8V19a2 2 0 0 1-2.2 2A17 17 0 0 1 3 6.2 2 2 0 0 1 5 4Z",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  bell: "M6 9a6 6 0 1 1 12 0v4l2 3H4l2-3V9Zm3.5 7v.5a2.5 2.5 0 0 0 5 0V16",
  user: "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 10a8 8 0 0 1 16 0",
  users: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-6 10a6 6 0 0 1 12 0M16 3.3a4 4 0 0 1 0 7.4M18 15.5a6 6 0 0 1 3 5.5",
  floor: "M4 20V10m5 10V4m6 16v-7m5 7V8",
  held: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm-2-12v6m4-6v6",
  strategy: "M4 12h5c3 0 3-6 6-6h5M9 12c3 0 3 6 6 6h5M17 3l3 3-3 3m0 6 3 3-3 3",
  company: "M4 21V5l8-2v18m0-13 8 3v10M2 21h20M8 8v.01M8 12v.01M8 16v.01M16 14v.01M16 18v.01",
  source: "M12 3v12m0 0 4-4m-4 4-4-4M4 17v2a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-2",
  rules: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v5l3 2",
  noCall: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM5.6 5.6l12.8 12.8",
  import: "M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8l-5-5Zm0 0v5h5M12 11v6m0 0 2.5-2.5M12 17l-2.5-2.5",
  report: "M3 3v18h18M7 15l4-4 3 3 5-6",
  menu: "M4 6h16M4 12h16M4 18h16",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  search: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 6 6",
  check: "m5 12 5 5L20 7",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  trash: "M4 7h16M10 11v6m4-6v6M6 7l1 13h10l1-13M9 7V4h6v3",
  edit: "M4 20h4L19 9l-4-4L4 16v4Zm9-13 4 4",
  copy: "M8 8h12v12H8zM16 8V4H4v12h4",
  back: "M15 6l-6 6 6 6",
  forward: "m9 6 6 6-6 6",
  drag: "M9 5v.01M9 12v.01M9 19v.01M15 5v.01M15 12v.01M15 19v.01",
  warning: "M12 4 2.5 20h19L12 4Zm0 6v4m0 3v.01",
  offline: "M3 3l18 18M8.5 16.5a5 5 0 0 1 7 0M5 13a10 10 0 0 1 5-2.7m4 .2A10 10 0 0 1 19 13M2 9a15 15 0 0 1 4.5-2.7M10.5 5A15 15 0 0 1 22 9M12 20v.01",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm0-13v1m0 16v1m9-9h-1M4 12H3m15.4-6.4-.7.7M6.3 17.7l-.7.7m12.8 0-.7-.7M6.3 6.3l-.7-.7",
  settings: "M4 7h10m4 0h2M4 17h2m4 0h10M16 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM8 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside words, or in a button that has a label: it says nothing to screen readers itself. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={2} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
