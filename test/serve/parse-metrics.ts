export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

/** The text format 0.0.4, strictly: HELP and TYPE once and before the samples, no series twice. @throws on anything else */
export function parseMetrics(text: string): ReadonlyMap<string, Family> {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let help: readonly [string, string] | undefined;
  let current: string | undefined;
  for (const line of text.split('\n').slice(0, -1)) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      help = [name, rest.replace(/\\(\\|n)/g, (_, char: string) => (char === 'n' ? '\n' : '\\'))];
    } else if (kind === 'TYPE') {
      if (families.has(name)) throw new Error(`TYPE of ${name} twice`);
      if (help?.[0] !== name) throw new Error(`${name} has no HELP`);
      families.set(name, { type: rest, help: help[1], samples: [] });
      current = name;
    } else {
      const [, metric = '', labelText = '', value = ''] = SAMPLE.exec(line) ?? [];
      if (metric === '' || metric !== current) throw new Error(`not a sample of ${current}: ${line}`);
      if (seen.has(line.slice(0, line.lastIndexOf(' ')))) throw new Error(`twice: ${line}`);
      seen.add(line.slice(0, line.lastIndexOf(' ')));
      if (!/^([+-]?Inf|NaN|[+-]?\d+(\.\d+)?(e[+-]?\d+)?)$/.test(value)) throw new Error(`not a number: ${line}`);
      families.get(metric)?.samples.push({ labels: parseLabels(labelText), value: Number(value) });
    }
  }
  return families;
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  for (let at = 0; at < text.length; at = LABEL.lastIndex) {
    LABEL.lastIndex = at;
    const [, name, value = ''] = LABEL.exec(text) ?? [];
    if (name === undefined) throw new Error(`not labels: ${text}`);
    labels[name] = value.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
  }
  return labels;
}
