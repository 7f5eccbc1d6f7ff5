import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, posix } from 'node:path';
import { ProfileError, problem, type Origin } from '../diagnostics.ts';

const MOST_BYTES = 2 ** 31;

/**
 * What a file holds at a commit; undefined where the commit has no such file.
 *
 * @param ref branch, tag or commit
 * @param path relative to `folder`
 * @throws ProfileError CSP609 where there is no such commit, or no repository
 */
function gitFile(ref: string, path: string, folder: string, origin: Origin): Uint8Array | undefined {
  const git = (...args: readonly string[]) =>
    spawnSync('git', args, { cwd: folder, maxBuffer: MOST_BYTES, stdio: ['ignore', 'pipe', 'pipe'] });
  const refuse = (message: string, fix: string): ProfileError =>
    new ProfileError(problem('CSP609', message, fix, origin));

  const inside = git('rev-parse', '--is-inside-work-tree');
  if (inside.error !== undefined)
    throw refuse('git does not run here', 'install git, or name a file as baseline');
  if (inside.status !== 0) throw refuse('this is no git repository', 'name a file as baseline');
  const commit = git('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`);
  if (commit.status !== 0) {
    throw refuse(
      `git knows no commit "${ref}"`,
      'check the name, or fetch it: git fetch origin; in CI check out with fetch-depth: 0',
    );
  }
  const sha = commit.stdout.toString().trim();
  const blob = git('cat-file', 'blob', `${sha}:./${posix.normalize(path.replaceAll('\\', '/'))}`);
  return blob.status === 0 ? blob.stdout : undefined;
}

/**
 * Calls `use` with a copy of a file at a commit; undefined where the commit has no such file.
 *
 * @param path relative to `folder`
 * @throws ProfileError CSP609 where there is no such commit, or no repository
 */
export async function withGitFile<T>(
  ref: string,
  path: string,
  folder: string,
  origin: Origin,
  use: (file: string) => Promise<T>,
): Promise<T | undefined> {
  const bytes = gitFile(ref, path, folder, origin);
  if (bytes === undefined) return undefined;
  const temporary = mkdtempSync(join(tmpdir(), 'csp-profile-'));
  try {
    const file = join(temporary, basename(path));
    writeFileSync(file, bytes);
    return await use(file);
  } finally {
    rmSync(temporary, { recursive: true });
  }
}
