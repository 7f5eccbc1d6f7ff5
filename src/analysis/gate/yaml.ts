/** The parser of YAML, which only configurations need: import() this file. */
export { LineCounter, parseDocument, type Document } from 'yaml';
