/** An element of an XML document. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

// The characters that XML 1.0 allows (production 2).
const LEGAL = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

/** Reads a document without DTD, comments and CDATA, and throws where it is not well-formed. */
export function parseXml(source: string): Element {
  if (!LEGAL.test(source)) throw new SyntaxError('a character that XML forbids');
  let at = 0;
  const expect = (pattern: RegExp, what: string): RegExpExecArray => {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = at;
    const match = sticky.exec(source);
    if (match === null) throw new SyntaxError(`no ${what} at ${source.slice(at, at + 40)}`);
    at = sticky.lastIndex;
    return match;
  };
  const decode = (text: string): string =>
    text.replace(/&([^;]*);?/g, (whole, name: string) => {
      const value = /^#\d+$/.test(name) ? String.fromCodePoint(Number(name.slice(1))) : ENTITIES[name];
      if (value === undefined || !whole.endsWith(';') || !LEGAL.test(value))
        throw new SyntaxError(`${whole} is no reference`);
      return value;
    });
  const element = (): Element => {
    const name = expect(/<([A-Za-z-]+)/, 'element')[1]!;
    const attributes: Record<string, string> = {};
    while (/\s/.test(source[at] ?? '')) {
      const [, key, value] = expect(/\s+([a-z]+)="([^"<]*)"/, 'attribute');
      if (Object.hasOwn(attributes, key!)) throw new SyntaxError(`${key!} twice`);
      attributes[key!] = decode(value!);
    }
    if (source.startsWith('/>', at)) {
      at += 2;
      return { name, attributes, children: [], text: '' };
    }
    expect(/>/, 'end of tag');
    const children: Element[] = [];
    let text = '';
    for (;;) {
      text += decode(expect(/[^<]*/, 'text')[0]);
      if (source.startsWith('</', at)) break;
      children.push(element());
    }
    expect(new RegExp(`</${name}>`), `</${name}>`);
    return { name, attributes, children, text };
  };
  expect(/<\?xml version="1\.0" encoding="UTF-8"\?>\s*/, 'declaration');
  const root = element();
  expect(/\s*$/, 'end');
  return root;
}

interface Rule {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly children: readonly string[];
  readonly mixed?: true;
}

/** What junit-10.xsd of Jenkins' xUnit plugin says of the elements that are used here. */
const JUNIT: Readonly<Record<string, Rule>> = {
  testsuites: {
    required: [],
    optional: ['name', 'time', 'tests', 'failures', 'errors'],
    children: ['testsuite'],
  },
  testsuite: {
    required: ['name', 'tests', 'failures', 'errors'],
    optional: [
      'group',
      'time',
      'skipped',
      'timestamp',
      'hostname',
      'id',
      'package',
      'file',
      'log',
      'url',
      'version',
    ],
    children: ['testsuite', 'properties', 'testcase', 'system-out', 'system-err'],
  },
  testcase: {
    required: ['name'],
    optional: ['time', 'classname', 'group'],
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
  },
  failure: { required: [], optional: ['type', 'message'], children: [], mixed: true },
  skipped: { required: [], optional: ['type', 'message'], children: [], mixed: true },
  'system-out': { required: [], optional: [], children: [], mixed: true },
};

/** Everything by which a document is no JUnit report. */
export function junitErrors(element: Element): readonly string[] {
  const rule = JUNIT[element.name];
  if (rule === undefined) return [`<${element.name}> is unknown`];
  const names = Object.keys(element.attributes);
  return [
    ...rule.required.filter((name) => !names.includes(name)).map((name) => `<${element.name}> lacks ${name}`),
    ...names
      .filter((name) => !rule.required.includes(name) && !rule.optional.includes(name))
      .map((name) => `<${element.name}> has ${name}`),
    ...(rule.mixed !== true && element.text.trim() !== '' ? [`<${element.name}> has text`] : []),
    ...(/^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?$/.test(element.attributes['time'] ?? '')
      ? []
      : [`<${element.name}> has the time ${String(element.attributes['time'])}`]),
    ...element.children.flatMap((child) =>
      rule.children.includes(child.name) ? junitErrors(child) : [`<${element.name}> holds <${child.name}>`],
    ),
  ];
}
