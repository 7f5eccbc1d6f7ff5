import { main } from './main.ts';
import type { Output } from './io.ts';

/** What was written to, and may not have left yet. */
const streams = new Set<NodeJS.WriteStream>();

/** @param streamOf gives the stream, which Node makes when it is asked for the first time */
const output = (streamOf: () => NodeJS.WriteStream): Output => ({
  write(text) {
    const stream = streamOf();
    streams.add(stream);
    stream.write(text);
  },
  get isTTY() {
    return streamOf().isTTY;
  },
  get columns() {
    return streamOf().columns;
  },
});

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

void main(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  stdout: output(() => process.stdout),
  stderr: output(() => process.stderr),
}).then((code) => {
  process.exitCode = code;
  // Node's own end takes its memory apart piece by piece, which costs as much as a twentieth of its start. Where all has
  // left, there is nothing to wait for.
  if ([...streams].every(({ writableLength }) => writableLength === 0)) process.exit();
});
