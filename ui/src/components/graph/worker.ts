/** Lays out graphs beside the page, which stays responsive meanwhile. */
import { layout } from "./layout";
import type { Asked } from "./size";

onmessage = ({ data }: MessageEvent<Asked & { key: string }>) => postMessage({ key: data.key, placed: layout(data) });
