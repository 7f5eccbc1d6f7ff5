#!/usr/bin/env node
// Starts the command with code that is compiled already. Node 22 keeps compiled code by itself; for Node 20 the build
// stores it beside the command, and a version of V8 that it was not made for refuses it and compiles as ever.
'use strict';
const { enableCompileCache } = require('node:module');

if (enableCompileCache) {
  enableCompileCache();
  require('./cli-main.cjs');
} else {
  const { readFileSync } = require('node:fs');
  const { Script } = require('node:vm');
  const file = require.resolve('./cli-main.cjs');
  let cachedData;
  try {
    cachedData = readFileSync(`${file}.cache`);
  } catch {
    // Without it the command starts a little later.
  }
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname) { ${readFileSync(file, 'utf8')}\n})`,
    { filename: file, cachedData, importModuleDynamically: (url) => import(url) },
  );
  // The lazily loaded files require the command's: they must get this one.
  const main = new module.constructor(file, module);
  main.filename = file;
  main.paths = module.paths;
  require.cache[file] = main;
  script.runInThisContext().call(main.exports, main.exports, main.require.bind(main), main, file, __dirname);
  main.loaded = true;
  module.exports = script;
}
