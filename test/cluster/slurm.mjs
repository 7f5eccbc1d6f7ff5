// A sweep on a real Slurm of four nodes on this machine: an array of 16 tasks, one node killed while they run, its tasks
// requeued, the shards merged, and the same with GNU parallel: `npm run test:slurm`, as root, with Debian's slurm-wlm,
// munge and parallel. It takes a minute or two, and ends with one line for each thing that was compared.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const cli = resolve('dist/cli.cjs');
const cluster = resolve('reports/cluster');
const folder = mkdtempSync(join(tmpdir(), 'csp-profile-slurm-'));
const work = join(folder, 'work');
for (const each of ['ctld', 'd.n1', 'd.n2', 'd.n3', 'd.n4', 'log', 'work/shards'])
  mkdirSync(join(folder, each), { recursive: true });
const env = {
  ...process.env,
  SLURM_CONF: join(folder, 'slurm.conf'),
  CSP_PROFILE: `${process.execPath} ${cli}`,
};
const run = (command, ...args) => execFileSync(command, args, { cwd: work, env, encoding: 'utf8' });
const started = [];
function start(command, ...args) {
  const child = spawn(command, args, { cwd: folder, env, stdio: 'ignore' });
  started.push(child);
  return child;
}

const failures = [];
function check(what, holds) {
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}`);
  if (!holds) failures.push(what);
}

const CONFIG = `ClusterName=one
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmctldPort=16817
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=${folder}/ctld
SlurmdSpoolDir=${folder}/d.%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.%n.pid
SlurmctldLogFile=${folder}/log/ctld.log
SlurmdLogFile=${folder}/log/d.%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_min_interval=0
MpiDefault=none
ReturnToService=2
NodeName=n[1-4] NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=[16821-16824] CPUs=1 RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;

async function boot() {
  writeFileSync(join(folder, 'slurm.conf'), CONFIG);
  writeFileSync(join(folder, 'munge.key'), randomBytes(1024), { mode: 0o600 });
  const at = (name) => `${folder}/munge.${name}`;
  const munged = [`--key-file=${at('key')}`, `--socket=${at('socket')}`, `--pid-file=${at('pid')}`];
  start(
    'munged',
    '--foreground',
    '--force',
    ...munged,
    `--log-file=${at('log')}`,
    `--seed-file=${at('seed')}`,
  );
  await sleep(1000);
  start('slurmctld', '-D', '-f', env.SLURM_CONF);
  await sleep(1500);
  const nodes = new Map(
    ['n1', 'n2', 'n3', 'n4'].map((name) => [name, start('slurmd', '-D', '-f', env.SLURM_CONF, '-N', name)]),
  );
  for (let i = 0; i < 60; i++) {
    if (/^idle 4$/m.test(run('sinfo', '-h', '-o', '%T %D'))) return nodes;
    await sleep(500);
  }
  throw new Error(`the nodes did not come up:\n${run('sinfo')}`);
}

/** Waits until no task of the job is left. */
async function finished(job) {
  while (run('squeue', '-h', '-j', job).trim() !== '') await sleep(1000);
}

const shards = () => readdirSync(join(work, 'shards')).filter((name) => name.endsWith('.ndjson'));

try {
  for (const file of ['slurm.sbatch', 'slurm-merge.sbatch', 'parallel.sh', 'sweep.yaml'])
    copyFileSync(join(cluster, file), join(work, file));
  run(process.execPath, cli, 'sweep', 'sweep.yaml', '--quiet', '-o', 'one.ndjson');
  const one = readFileSync(join(work, 'one.ndjson'), 'utf8');
  console.log(`one process: ${one.trimEnd().split('\n').length} rows`);

  const nodes = await boot();
  const job = run('sbatch', '--parsable', '--array=0-15', 'slurm.sbatch').trim();
  while (shards().length < 3) await sleep(200);
  // Its step daemon lives on, so that the task may run twice: here, and where Slurm starts it again.
  const [victim] = run('squeue', '-h', '-j', job, '-t', 'R', '-o', '%N').trim().split('\n');
  nodes.get(victim).kill('SIGKILL');
  run('scontrol', 'update', `NodeName=${victim}`, 'State=DOWN', 'Reason=killed');
  console.log(`killed ${victim} with ${shards().length} of 16 shards there`);
  await finished(job);
  const restarts = run('scontrol', 'show', 'job', job);
  check('a task was requeued', /Restarts=[1-9]/.test(restarts));
  check('all 16 shards are there', shards().length === 16);
  await finished(run('sbatch', '--parsable', 'slurm-merge.sbatch').trim());
  check(
    'merged, they are the rows of one process to the byte',
    readFileSync(join(work, 'rows.ndjson'), 'utf8') === one,
  );
  check(
    'nothing unfinished is left',
    readdirSync(join(work, 'shards')).every((name) => !name.endsWith('.new')),
  );

  rmSync(join(work, 'shards'), { recursive: true });
  rmSync(join(work, 'rows.ndjson'));
  run('bash', 'parallel.sh', '16');
  check('so are those of GNU parallel', readFileSync(join(work, 'rows.ndjson'), 'utf8') === one);
} finally {
  for (const child of started.reverse()) child.kill('SIGKILL');
  await sleep(500);
  if (failures.length === 0) rmSync(folder, { recursive: true, force: true });
  else console.log(`left as it was: ${folder}`);
}
process.exitCode = failures.length === 0 ? 0 : 1;
