import { formatSeconds, median, type Row, type Step } from './row.ts';

/** What stands above the table. */
export interface ReportFacts {
  readonly at: number;
  readonly tookMs: number;
  readonly versions: readonly string[];
  readonly changes: readonly string[];
  readonly notes: readonly string[];
  readonly timeScale: number;
}

/** The whole report, in Markdown. */
export function renderReport(rows: readonly Row[], stories: readonly Row[], facts: ReportFacts): string {
  const all = [...rows, ...stories];
  const failed = all.filter(({ problems }) => problems.length > 0);
  const skipped = all.filter((row) => row.skipped !== undefined);
  const latencies = rows.flatMap(({ latencyMs }) => latencyMs ?? []);
  const healed = rows.flatMap(({ healedMs }) => healedMs ?? []);
  const figures = [
    `notification received → message posted: ${spread(latencies)}`,
    `all containers run → message green: ${spread(healed)}`,
  ];
  return `# Proven on a real cluster

<!-- Written by \`npm run e2e\` (test/real/run.ts): do not edit. -->

Run of ${new Date(facts.at).toISOString().slice(0, 16).replace('T', ' ')} UTC, ${formatSeconds(facts.tookMs)}. ${all.length} rows: ${all.length - failed.length - skipped.length} passed, ${failed.length} failed, ${skipped.length} skipped.

${facts.versions.join(' · ')}

What is real: the kubelet, the runtime and the registries that they pull from; kube-state-metrics, Prometheus with the
shipped rules (\`pullmedic.rules.yml\`, \`watchdog.rules.yml\`), Alertmanager with the shipped \`alertmanager.yml\` (receivers,
routes, inhibit rule) and a bearer token from a file, both of \`infra/prometheus\`; \`pullmedic serve\` with a token of the
shipped *triage* identity (\`infra/kubernetes/overlays/triage\`), never the admin's; a second API server without a node, for
what would disturb the first. What is not: Slack (the embedded one, with Slack's limits, read through its Web API). Faulty
registries are imitated; what the node says of them is genuine.

Changed for the test, by configuration: ${facts.changes.join('; ')}. \`limits.timeScale\` is ${facts.timeScale}${facts.timeScale === 1 ? ': every grace period as shipped' : ''}; \`limits.buzzesPerHour\` is 1,000, as dozens of failures at once are this run's nature; \`alerts.watchdog.silentAfterMinutes\` is 1;
\`registries\` names the testbed's hosts with their proxy and CA; each namespace has a channel of its own.

${figures.map((line) => `- ${line}`).join('\n')}
${facts.notes.map((line) => `- ${line}`).join('\n')}

## Cases

Seconds: *fails* and *alert* since the objects were created; *message* since the notification came, or since the first
failure where waiting may heal it; *recovered* since the pods ran (or were gone).

${table(rows)}

## Stories

${stories.map(storyText).join('\n\n')}
`;
}

function table(rows: readonly Row[]): string {
  const head =
    '| case | fails | alert fired | cause | message | recovered | |\n| --- | --- | --- | --- | --- | --- | --- |';
  return [head, ...rows.map(line)].join('\n');
}

function line(row: Row): string {
  if (row.skipped !== undefined) return `| ${name(row)} | skipped: ${cell(row.skipped)} | – | – | – | – | – |`;
  const steps = [row.fails, row.alert, row.cause, row.message, row.recovered].map(stepText);
  return `| ${name(row)} | ${steps.join(' | ')} | ${row.problems.length === 0 ? '✓' : `**FAILED**: ${cell(row.problems.join('; '))}`} |`;
}

function name(row: Row): string {
  return row.from === 'seed' ? `${row.name} (seed)` : row.name;
}

function stepText({ text, seconds }: Step): string {
  return cell(seconds === undefined ? text : `${text} · ${formatSeconds(seconds * 1_000)}`);
}

function storyText(row: Row): string {
  const verdict =
    row.skipped !== undefined ? `skipped: ${row.skipped}` : row.problems.length === 0 ? 'passed' : 'FAILED';
  const steps: readonly (readonly [string, Step])[] = [
    ['fails', row.fails],
    ['alert', row.alert],
    ['cause', row.cause],
    ['message', row.message],
    ['after that', row.recovered],
  ];
  const told = steps
    .filter(([, { text }]) => text !== '–')
    .map(([label, step]) => `- ${label}: ${stepText(step).replaceAll('<br>', '\n  ')}`);
  const problems = row.problems.map((problem) => `- **not as it must be**: ${problem}`);
  return [`### ${row.name}: ${verdict}`, '', ...told, ...problems].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', '<br>');
}

function spread(values: readonly number[]): string {
  const middle = median(values);
  if (middle === undefined) return 'not measured';
  return `median ${formatSeconds(middle)}, at most ${formatSeconds(Math.max(...values))}, ${values.length} measured`;
}
