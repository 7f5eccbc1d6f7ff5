import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parse, resolve } from 'node:path';
import { transform } from 'esbuild';
import { nodeTarget, root } from './constants.mjs';
import { staticImports } from './outputs.mjs';

const OWN_URL = 'const bundleUrl=require("node:url").pathToFileURL(__filename).href;';

/**
 * Makes CommonJS files of all chunks, and the entry of the one that `stub` imports. Node starts CommonJS sooner than
 * ES modules, and an ES module that imports it has all of it searched for exports first (30 ms for the entry).
 */
export async function writeCommonJs(outputs, stub, entry) {
  const [chunk, ...others] = staticImports(outputs[stub]);
  if (chunk === undefined || others.length > 0 || staticImports(outputs[chunk]).length > 0)
    throw new Error(`${stub} is not one file`);
  const targets = new Map(
    Object.keys(outputs).map((file) => [file, file === chunk ? entry : file.replace(/\.js$/, '.cjs')]),
  );
  const reference = (file) => JSON.stringify(`./${parse(file).base}`);
  for (const [file, target] of targets) {
    const text = readFileSync(resolve(root, file), 'utf8');
    rmSync(resolve(root, file));
    if (file === stub) continue;
    const { code } = await transform(withExportsFirst(text), {
      format: 'cjs',
      platform: 'node',
      target: nodeTarget,
      minify: true,
      define: { 'import.meta.url': 'bundleUrl' },
      banner: `"use strict";${text.includes('import.meta.url') ? OWN_URL : ''}`,
    });
    let linked = code;
    for (const [from, to] of targets) {
      linked = linked
        .replaceAll(`import(${reference(from)})`, `Promise.resolve().then(()=>require(${reference(to)}))`)
        .replaceAll(`require(${reference(from)})`, `require(${reference(to)})`);
    }
    writeFileSync(resolve(root, target), linked);
  }
  return [...targets.values()];
}

/**
 * The chunk with its exports as one object of getters. esbuild makes two objects, the second of which reads the first,
 * property by property: a tenth of what a command needs beside Node itself.
 */
function withExportsFirst(text) {
  const [statement, names] = /export\s*\{([^}]*)\};\s*$/.exec(text) ?? ['', ''];
  const getters = names
    .split(',')
    .map((name) => name.trim().split(' as '))
    .filter(([local]) => local !== '')
    .map(([local, exported = local]) => `get ${exported}(){return ${local}}`);
  return `module.exports={${getters.join(',')}};${text.slice(0, text.length - statement.length)}`;
}
