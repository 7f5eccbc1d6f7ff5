import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parse, resolve } from 'node:path';
import { transform } from 'esbuild';
import { nodeTarget, root } from './constants.mjs';
import { staticImports } from './outputs.mjs';

/**
 * Makes CommonJS files of all chunks, and the entry of the one that `stub` imports. Node starts CommonJS sooner than
 * ES modules, and an ES module that imports it has all of it searched for exports first (30 ms for the entry).
 *
 * What one chunk takes of another is read once, when it loads. Left to esbuild each use is a call of a getter, which
 * code that is not optimised yet pays dearly for.
 */
export async function writeCommonJs(outputs, stub, entry) {
  const [chunk, ...others] = staticImports(outputs[stub]);
  if (chunk === undefined || others.length > 0 || staticImports(outputs[chunk]).length > 0)
    throw new Error(`${stub} is not one file`);
  for (const file of Object.keys(outputs)) assertLoadable(outputs, file);
  const targets = new Map(
    Object.keys(outputs).map((file) => [file, file === chunk ? entry : file.replace(/\.js$/, '.cjs')]),
  );
  const named = new Map([...targets].map(([from, to]) => [reference(from), reference(to)]));
  const texts = new Map(
    Object.keys(outputs).map((file) => [file, readFileSync(resolve(root, file), 'utf8')]),
  );
  const written = new Map();
  for (const [file, text] of texts) {
    rmSync(resolve(root, file));
    if (file !== stub && isHandedOn(text)) {
      written.set(reference(file), linked(text, named).replace('module.exports=', 'return'));
      targets.delete(file);
    }
  }
  for (const [file, target] of targets) {
    if (file === stub) continue;
    const text = texts.get(file);
    const { code } = await transform(linked(text, named, written), {
      format: 'cjs',
      platform: 'node',
      target: nodeTarget,
      minify: true,
      define: { 'import.meta.url': 'bundleUrl' },
    });
    const url = text.includes('import.meta.url') ? BUNDLE_URL : '';
    writeFileSync(resolve(root, target), `"use strict";${url}${code}`);
  }
  return [...targets.values()];
}

const BUNDLE_URL = 'const bundleUrl=require("node:url").pathToFileURL(__filename).href;';

const reference = (file) => JSON.stringify(`./${parse(file).base}`);

/** What a chunk reads of one that waits for it is not there yet. */
function assertLoadable(outputs, file, above = []) {
  if (above.includes(file)) throw new Error(`chunks import each other: ${[...above, file].join(' > ')}`);
  for (const next of staticImports(outputs[file])) assertLoadable(outputs, next, [...above, file]);
}

/**
 * Whether a chunk only hands on what others hold: it is then written where it is imported, for each file takes as long
 * to find and to start as a thousand lines take to compile.
 */
const isHandedOn = (text) =>
  /^(import(\{[^{}]*\}from)?"[^"]+";|init_define_\w+\(\);|\w+\(\);)*export\{[^{}]*\};\s*$/.test(text);

/** The statements of esbuild's chunks that import from and export to other chunks, as CommonJS. */
function linked(text, named, written = new Map()) {
  const found = (from) => named.get(from) ?? from;
  return text
    .replace(/\bimport\((".\/[^"]+")\)/g, (all, from) => {
      if (written.has(from)) return `Promise.resolve().then(()=>{${written.get(from)}})`;
      return named.has(from) ? `Promise.resolve().then(()=>require(${found(from)}))` : all;
    })
    .replace(/\bimport\{([^{}]*)\}from(".\/[^"]+");/g, (all, names, from) =>
      named.has(from) ? `const{${names.replaceAll(/ as /g, ':')}}=require(${found(from)});` : all,
    )
    .replace(/\bimport(".\/[^"]+");/g, (all, from) => (named.has(from) ? `require(${found(from)});` : all))
    .replace(/\bexport\{([^{}]*)\};\s*$/, (_, names) => {
      const entries = names.split(',').map((name) => name.split(' as '));
      return `module.exports={${entries.map(([local, exported = local]) => `${exported}:${local}`).join()}};`;
    });
}
