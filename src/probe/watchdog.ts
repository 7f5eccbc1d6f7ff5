import { rmSync, writeSync } from 'node:fs';

/** What a child process may use, and what it leaves behind unless somebody removes it. */
export interface Limits {
  /** resident memory, in bytes */
  readonly memory: number;
  /** folder that goes when the parent has gone */
  readonly folder: string;
}

/** First word of the line by which the watchdog says why it ended the process. */
export const TOO_MUCH_MEMORY = 'csp-profile-memory';

const INTERVAL_MS = 250;

/** Removes what nobody else will remove, also while a kernel still writes into it. */
export function removeFolder({ folder }: Limits): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

/**
 * Ends this process when its parent has gone, or when it takes more memory than it may. Runs in a thread of its
 * own, since the one that runs a kernel hears nothing.
 */
export function watch(limits: Limits, parent: number): void {
  setInterval(() => {
    if (process.ppid !== parent) {
      removeFolder(limits);
      process.kill(process.pid, 'SIGKILL');
    }
    if (process.memoryUsage.rss() > limits.memory) {
      writeSync(2, `\n${TOO_MUCH_MEMORY}\n`);
      process.kill(process.pid, 'SIGKILL');
    }
  }, INTERVAL_MS);
}
