import type { AlertmanagerConfig, AlertToken, Config } from '../../config/config.ts';
import type { Check } from '../../domain/doctor/check.ts';
import { redact } from '../../domain/redact.ts';
import { Secret } from '../../domain/secret.ts';
import type { Probe } from '../../ports/inspection.ts';
import { type Attempt, attempt } from './attempt.ts';
import type { DoctorDeps, DoctorRequest, Step } from './doctor-deps.ts';

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** From Alertmanager to pullmedic with each token, and from pullmedic to each Alertmanager. */
export function webhookSteps({ webhookUrl }: DoctorRequest, deps: DoctorDeps): readonly Step[] {
  return [
    ...incoming(webhookUrl, deps),
    ...deps.config.alertmanagers.map((to) => async () => [await checkAlertmanager(to, deps)]),
  ];
}

function incoming(webhookUrl: string | undefined, deps: DoctorDeps): readonly Step[] {
  const line = { area: 'webhook', subject: webhookUrl ?? 'incoming alerts' } as const;
  if (webhookUrl === undefined) {
    const seen = 'give the address that Alertmanager posts to: --webhook-url https://…/alerts';
    return [async () => [{ ...line, outcome: 'skipped', seen }]];
  }
  const { protocol, hostname } = new URL(webhookUrl);
  if (protocol !== 'https:' && !LOOPBACK.includes(hostname)) {
    const seen = 'plain http: the token would be readable on the way, so it was not sent';
    return [async () => [{ ...line, outcome: 'fail', seen, advice: 'serve it by https' }]];
  }
  const { tokens } = deps.config.alerts;
  return tokens.map((token, index) => async () => [await checkToken(webhookUrl, token, index, deps)]);
}

async function checkToken(url: string, token: AlertToken, index: number, deps: DoctorDeps): Promise<Check> {
  const key = `alerts.tokens[${index}]`;
  const line = { area: 'webhook', subject: `${url} with ${key}` } as const;
  const cluster = /\/alerts\/([^/]+)\/?$/.exec(new URL(url).pathname)?.[1];
  if (cluster !== undefined && token.clusters !== undefined && !token.clusters.includes(decodeURIComponent(cluster))) {
    return { ...line, outcome: 'skipped', seen: `it may not speak for cluster ${cluster}` };
  }
  const done = await attempt(async () => {
    const value = (await deps.credentials.read(token.current)).reveal().trim();
    const pair = Buffer.from(`${token.username ?? ''}:${value}`).toString('base64');
    return deps.webhook.notify(url, new Secret(token.scheme === 'basic' ? `Basic ${pair}` : `Bearer ${value}`));
  }, deps.limitMs);
  const answer = readAnswer(done);
  return { ...line, ...('outcome' in answer ? answer : judgeAnswer(answer, key, token.current, deps.config)) };
}

function judgeAnswer({ status, text }: Answered, key: string, reference: string, { alerts }: Config): Judged {
  const said = words(text);
  if (status >= 200 && status < 300) return { outcome: 'ok', seen: `takes notifications (${status})` };
  const seen = `answers ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 401 || status === 403) {
    const others = alerts.tokens.length > 1 ? '; each token of `alerts.tokens` is tried by itself' : '';
    const advice = `the running pullmedic knows another ${key}.current than ${reference} here: give both the same value (it is read again after 60 s)${others}`;
    return { outcome: 'fail', seen, advice };
  }
  if (status === 404 || status === 405) {
    return { outcome: 'fail', seen, advice: 'the path must be /alerts or /alerts/<cluster>' };
  }
  if (status >= 300 && status < 400) {
    const advice = 'Alertmanager would follow it with the token: give the address that answers itself';
    return { outcome: 'fail', seen, advice };
  }
  const advice = 'see the log of alert-webhook: it says which credential or queue it could not use';
  return { outcome: 'fail', seen, advice };
}

async function checkAlertmanager(to: AlertmanagerConfig, deps: DoctorDeps): Promise<Check> {
  const line = { area: 'webhook', subject: `Alertmanager ${to.url}` } as const;
  const done = await attempt(() => deps.webhook.alertmanager(to), deps.limitMs);
  const answer = readAnswer(done);
  if ('outcome' in answer) return { ...line, ...answer };
  const { status, text } = answer;
  if (status >= 200 && status < 300) return { ...line, outcome: 'ok', seen: `its API answers (${status})` };
  const said = words(text);
  const seen = `answers ${status}${said === '' ? '' : `: ${said}`}`;
  const advice =
    status === 401 || status === 403
      ? to.auth === undefined
        ? 'it asks for credentials: give `auth` in its entry of `alertmanagers`'
        : `it does not take ${to.auth.credential}: give the credential that it asks for`
      : 'the `url` must be its root, below which /api/v2/status answers';
  return { ...line, outcome: 'fail', seen, advice };
}

type Answered = Probe & { readonly kind: 'answered' };
type Judged = Pick<Check, 'outcome' | 'seen' | 'advice'>;

/** The answer, or what is to be said where there is none. */
function readAnswer(done: Attempt<Probe>): Answered | Judged {
  if (!done.ok) return { outcome: 'fail', seen: done.why, advice: 'see the line about its credential, or try again' };
  if (done.value.kind === 'answered') return done.value;
  const { why } = done.value;
  return { outcome: 'fail', seen: `cannot be reached: ${why}`, advice: adviceFor(why) };
}

function adviceFor(why: string): string {
  if (why.startsWith('TLS'))
    return 'its certificate must be valid for that name and signed by a CA that this machine trusts';
  if (why.includes('does not resolve')) return 'correct the host name, or the DNS of this machine';
  return 'check that it runs there, and that a firewall lets this machine through';
}

function words(text: string): string {
  return redact(text).replace(/\s+/g, ' ').trim().slice(0, 120);
}
