/** Every screen, once: a line here is all that it takes to plug one in. */
import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import type { IconName } from "./icons";
import type { Role } from "./reads";

export interface Screen {
  path: string;
  title: string;
  Page: LazyExoticComponent<ComponentType>;
  /** Who finds it; the API decides what they may do there. */
  roles: readonly Role[];
  /** With a picture it stands in the navigation: of the work on leads, or of the desk. */
  icon?: IconName;
  group?: "work" | "desk";
  /** Whose first page it is; the first of these in the table. */
  start?: readonly Role[];
}

const next = () => import("./screens/next");
const mine = () => import("./screens/mine");
const myLead = () => import("./screens/my-lead");
const bell = () => import("./screens/bell");

/** Loads a rep's screens, and what opens over them, before they are asked for: when they are, there may be no network. */
export async function loadWork(): Promise<void> {
  await Promise.allSettled([next(), mine(), myLead(), bell(), import("./time-sheet"), import("./sure")]);
}

const ALL: readonly Role[] = ["rep", "manager", "admin"];
const DESK: readonly Role[] = ["manager", "admin"];

export const SCREENS: readonly Screen[] = [
  { path: "/floor", title: "Floor", icon: "floor", group: "desk", roles: DESK, start: DESK, Page: lazy(() => import("./screens/floor")) },
  { path: "/leads", title: "Leads", icon: "search", group: "desk", roles: DESK, Page: lazy(() => import("./screens/leads")) },
  { path: "/held", title: "Held", icon: "held", group: "desk", roles: DESK, Page: lazy(() => import("./screens/held")) },
  { path: "/leads/:id", title: "Lead", roles: DESK, Page: lazy(() => import("./screens/lead")) },
  { path: "/strategies", title: "Strategies", icon: "strategy", group: "desk", roles: DESK, Page: lazy(() => import("./screens/strategies")) },
  { path: "/strategies/:kind/:id?", title: "Strategy", roles: DESK, Page: lazy(() => import("./screens/strategy")) },
  { path: "/company", title: "Company", icon: "company", group: "desk", roles: DESK, Page: lazy(() => import("./screens/company")) },
  { path: "/company/:id", title: "Account", roles: DESK, Page: lazy(() => import("./screens/account")) },
  { path: "/sources", title: "Sources", icon: "source", group: "desk", roles: DESK, Page: lazy(() => import("./screens/sources")) },
  { path: "/sources/:id", title: "Source", roles: DESK, Page: lazy(() => import("./screens/source")) },
  { path: "/rules", title: "Rules", icon: "rules", group: "desk", roles: DESK, Page: lazy(() => import("./screens/rules")) },
  { path: "/do-not-call", title: "Do not call", icon: "noCall", group: "desk", roles: DESK, Page: lazy(() => import("./screens/do-not-call")) },
  { path: "/imports", title: "Imports", icon: "import", group: "desk", roles: DESK, Page: lazy(() => import("./screens/imports")) },
  { path: "/imports/:id", title: "Import", roles: DESK, Page: lazy(() => import("./screens/import")) },
  { path: "/next", title: "Next", icon: "next", group: "work", roles: ALL, start: ALL, Page: lazy(next) },
  { path: "/mine", title: "Mine", icon: "list", group: "work", roles: ALL, Page: lazy(mine) },
  { path: "/mine/:id", title: "Lead", roles: ALL, Page: lazy(myLead) },
  { path: "/bell", title: "Bell", icon: "bell", group: "work", roles: ALL, Page: lazy(bell) },
];
