/** The shared worker: holds the one connection of all tabs. */
import { holdConnection } from "./channel";

holdConnection();
