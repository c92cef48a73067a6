/** The shared worker: holds the one connection of all tabs, and publishes on the channel. */
import { openChannel } from "./channel";
import { follow } from "./socket";

const publish = openChannel();
follow(publish);
