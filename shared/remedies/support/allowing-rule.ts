import type { PolicyRule } from '../../config/policy.ts';
import type { PolicyQuestion } from '../policy.ts';

/** The rule that would allow what was asked, as YAML to copy: no more than that. */
export function showAllowingRule(question: PolicyQuestion, rule: PolicyRule | undefined): string {
  const { remedyId, cluster, namespaces, pods, by } = question;
  const mayBeMore = rule !== undefined && pods > rule.maxPods;
  const who =
    by === 'policy'
      ? ['      mode: auto']
      : [
          `      users: ${list([by.userId])}`,
          `      # or: channels: ${list([by.channelId])}`,
          ...(by.isGuest ? ['      allowGuests: true'] : []),
        ];
  return [
    'policy:',
    '  rules:',
    ...(rule === undefined ? [] : [`    # above rule ${scalar(rule.name)}: the first that matches decides`]),
    `    - remedies: ${list([remedyId])}`,
    `      clusters: ${list([cluster])}`,
    `      namespaces: ${list(namespaces)}`,
    ...who,
    ...(mayBeMore ? [`      maxPods: ${pods}`] : []),
  ].join('\n');
}

function list(values: readonly string[]): string {
  return `[${values.map(scalar).join(', ')}]`;
}

/** Bare where YAML takes it as text. */
function scalar(text: string): string {
  return /^[A-Za-z][\w.-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
