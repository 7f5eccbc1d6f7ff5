#!/usr/bin/env node
// Starts the command with code that is compiled already. Node 22 keeps compiled code by itself; for Node 20 the build
// stores it beside each file, and a version of V8 that it was not made for refuses it and compiles as ever.
'use strict';
const { enableCompileCache } = require('node:module');

if (enableCompileCache) {
  enableCompileCache();
  require('./cli-main.cjs');
} else {
  const { closeSync, fstatSync, openSync, readFileSync, readSync } = require('node:fs');
  const { setFlagsFromString } = require('node:v8');
  const { Script } = require('node:vm');
  // Functions run this long before V8 optimises them: at its own 67,584, half of a run of 0.3 s went into optimising
  // what is not needed again. At 160,000 networks of 600 and of 6,500 nodes took a sixth longer than here; at 2,000,000
  // one of 100,000 did. It is set before the stored code is read, which is for the same flags only.
  setFlagsFromString('--interrupt-budget=500000');
  setFlagsFromString('--no-parallel-scavenge');
  // New objects stay in their first megabyte: each page of memory that is touched for the first time costs more than
  // moving the few objects that live on. A network of 5,000 nodes takes a quarter less time, and 13 MiB less.
  setFlagsFromString('--semi-space-growth-factor=1');
  const modules = new Map();

  const stored = (file) => {
    try {
      return readFileSync(`${file}.cache`);
    } catch {
      return undefined;
    }
  };

  const [HEAD, TAIL] = ['(function (exports, require, module, __filename, __dirname) { ', '\n})'];

  /** A file of the bundle as a function. The files are ASCII: read as such, and in one piece, they take the least memory. */
  const sourceOf = (file) => {
    const descriptor = openSync(file);
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.allocUnsafeSlow(HEAD.length + size + TAIL.length);
    bytes.write(HEAD, 'latin1');
    readSync(descriptor, bytes, HEAD.length, size);
    closeSync(descriptor);
    bytes.write(TAIL, HEAD.length + size, 'latin1');
    return bytes.latin1Slice();
  };

  /** CommonJS as Node has it, for the files of the bundle. */
  const load = (file) => {
    const known = modules.get(file);
    if (known !== undefined) return known.module.exports;
    const source = sourceOf(file);
    const script = new Script(source, { filename: file, cachedData: stored(file) });
    const module = { exports: {} };
    modules.set(file, { module, script });
    const requireFrom = (id) => (id.startsWith('./cli-') ? load(`${__dirname}/${id.slice(2)}`) : require(id));
    script.runInThisContext().call(module.exports, module.exports, requireFrom, module, file, __dirname);
    return module.exports;
  };

  load(`${__dirname}/cli-main.cjs`);
  // For the build, which stores what was compiled.
  module.exports = modules;
}
