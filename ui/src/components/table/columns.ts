import type { ReactNode } from "react";

/** A column: what its head says, what its cell shows, and its width as a track of a CSS grid. */
export type Column<Row> = {
  id: string;
  head: string;
  cell: (row: Row) => ReactNode;
  width: string;
  /** The narrowest table, in px, that still shows it. */
  from?: number;
  /** A sign before what the row is named by, such as a star: a second line does not begin below it. */
  isSign?: boolean;
  /** Where the table is too narrow for it, it stands in a second line of the row. */
  below?: boolean;
};
