/** `1 task`, `2 tasks`, `0 tasks`. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string => `${count.toLocaleString()} ${count === 1 ? noun : plural}`;
