import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHandler } from '../../functions/alert-webhook/handler.ts';
import { createRouter, listen } from '../../functions/serve/http.ts';
import { kubeconfig } from '../../infra/local/kubernetes/kubeconfig.ts';
import { listenOnLoopback } from '../../infra/local/registry/loopback.ts';
import { manifestScopes } from '../../infra/local/slack/scopes.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { Secret } from '../../shared/domain/secret.ts';
import { createTestAuthority } from '../adapters/registry/certificates.ts';
import { startSocketSlack } from '../serve/socket-slack.ts';
import { CANARY, type DoctorStage, startDoctorStage } from '../support/doctor-stage.ts';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

describe('pullmedic doctor, on ways in and out', () => {
  let stage: DoctorStage;
  let printed = '';
  const open: (() => unknown)[] = [];

  beforeEach(async () => {
    stage = await startDoctorStage();
    open.push(() => stage.stop());
  });
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
    expect(printed).not.toContain(CANARY);
  });

  async function doctor(args: readonly string[], config?: object) {
    const output = await stage.doctor(args, config);
    printed += output.stdout + output.stderr;
    return output;
  }

  describe('the webhook', () => {
    let url: string;
    const queued: unknown[] = [];

    /** The real alert-webhook, with this token. */
    beforeEach(async () => {
      queued.length = 0;
      const queue = {
        send: async (job: unknown) => void queued.push(job),
        sendAll: async (jobs: unknown) => void queued.push(jobs),
      };
      const clock = { now: () => Date.now() };
      const config = parseConfig(JSON.stringify(stage.config()), 'test');
      const handler = createHandler({
        triageQueue: queue as never,
        publishQueue: queue as never,
        config: { load: async () => config },
        credentials: { read: async () => new Secret(`${CANARY}-alerts`) },
        clock,
        log: QUIET,
        metrics: { count() {}, gauge() {} } as never,
      });
      const routes = ['/alerts', '/alerts/{cluster}'].map((path) => ({
        method: 'POST',
        path,
        functionName: 'alert-webhook',
        handler: handler as never,
        timeoutMs: 5_000,
      }));
      const route = createRouter(routes, { clock, log: QUIET });
      const server = await listen(
        async (request, response) => {
          if (!(await route(request, response))) response.writeHead(404).end();
        },
        { host: '127.0.0.1', port: 0 },
      );
      open.push(() => {
        server.close();
        server.closeAllConnections();
      });
      const address = server.address();
      url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    });

    it('takes a notification without alerts, which asks for no work', async () => {
      const { status, about } = await doctor(['--only', 'webhook', '--webhook-url', `${url}/alerts/prod-eu`]);
      expect(about('webhook', 'alerts.tokens[0]')).toBe(
        `ok       webhook  ${url}/alerts/prod-eu with alerts.tokens[0]: takes notifications (202)`,
      );
      expect(queued.flat()).toEqual([]);
      expect(status).toBe(0);
    });

    it('tells which token it does not take', async () => {
      stage.env['ALERTS'] = `${CANARY}-old`;
      const { status, about } = await doctor(['--only', 'webhook', '--webhook-url', `${url}/alerts`]);
      expect(about('webhook', 'alerts.tokens[0]')).toBe(
        `fail     webhook  ${url}/alerts with alerts.tokens[0]: answers 401: {"error":"unknown token"}
                  do: the running pullmedic knows another alerts.tokens[0].current than env:ALERTS here: give both the same value (it is read again after 60 s)`,
      );
      expect(status).toBe(1);
    });

    it('tells a path that is none of its', async () => {
      const { about } = await doctor(['--only', 'webhook', '--webhook-url', `${url}/alert`]);
      expect(about('webhook', 'alerts.tokens[0]')).toBe(
        `fail     webhook  ${url}/alert with alerts.tokens[0]: answers 404
                  do: the path must be /alerts or /alerts/<cluster>`,
      );
    });

    it.each([
      {
        at: 'https://pullmedic.invalid/alerts',
        line: /cannot be reached: its name (does not resolve|could not be resolved right now) \((ENOTFOUND|EAI_AGAIN)\)\n {18}do: /,
      },
      {
        at: 'http://pullmedic.example.com/alerts',
        line: `fail     webhook  http://pullmedic.example.com/alerts: plain http: the token would be readable on the way, so it was not sent
                  do: serve it by https`,
      },
    ])('tells why $at cannot be reached', async ({ at, line }) => {
      const { about } = await doctor(['--only', 'webhook', '--webhook-url', at]);
      const shown = about('webhook', at);
      if (typeof line === 'string') expect(shown).toBe(line);
      else expect(shown).toMatch(line);
    });

    it('tells a port at which nothing listens', async () => {
      const gone = await listenOnLoopback(createServer());
      await gone.close();
      const { about } = await doctor(['--only', 'webhook', '--webhook-url', `${gone.url}/alerts`]);
      expect(about('webhook', gone.url)).toBe(
        `fail     webhook  ${gone.url}/alerts with alerts.tokens[0]: cannot be reached: the connection was refused (ECONNREFUSED)
                  do: check that it runs there, and that a firewall lets this machine through`,
      );
    });

    it('leaves a token out that may not speak for the cluster of the path', async () => {
      const config = { ...stage.config(), alerts: { tokens: [{ current: 'env:ALERTS', clusters: ['prod-eu'] }] } };
      const { about } = await doctor(['--only', 'webhook', '--webhook-url', `${url}/alerts/dev`], config);
      expect(about('webhook', 'alerts.tokens[0]')).toBe(
        `skipped  webhook  ${url}/alerts/dev with alerts.tokens[0]: it may not speak for cluster dev`,
      );
    });

    it('tells an Alertmanager that is gone', async () => {
      await stage.alertmanager.stop();
      const { about } = await doctor(['--only', 'webhook']);
      expect(about('webhook', 'Alertmanager http')).toBe(
        `fail     webhook  Alertmanager ${stage.alertmanager.url}: cannot be reached: the connection was refused (ECONNREFUSED)
                  do: check that it runs there, and that a firewall lets this machine through`,
      );
      open.push(() => stage.alertmanager.stop().catch(() => undefined));
    });
  });

  it.each([
    {
      what: 'has expired',
      hasExpired: true,
      trusted: true,
      line: `fail     cluster  prod-eu as triage: the API server cannot be trusted: TLS failed: CERT_HAS_EXPIRED
                  do: renew the certificate of the API server or of its CA, then put the current CA into \`certificate-authority-data\``,
    },
    {
      what: 'is of another CA',
      hasExpired: false,
      trusted: false,
      line: /the API server cannot be trusted: TLS failed: (UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|SELF_SIGNED_CERT_IN_CHAIN|CERT_SIGNATURE_FAILURE)\n {18}do: put the CA that signed/,
    },
  ])('tells an API server whose certificate $what', async ({ hasExpired, trusted, line }) => {
    const authority = createTestAuthority();
    const server = createTlsServer({ ...authority.issue(['localhost'], { hasExpired }) });
    const { address, close } = await listenOnLoopback(server as never);
    open.push(close);
    const ca = trusted ? authority.certificate : createTestAuthority().certificate;
    stage.env['KUBE_TRIAGE'] = kubeconfig(`https://localhost:${address.split(':')[1]}`, CANARY).replace(
      'insecure-skip-tls-verify: true',
      `certificate-authority-data: ${Buffer.from(ca).toString('base64')}`,
    );
    const shown = (await doctor(['--only', 'cluster'])).about('cluster', 'as triage: the');
    if (typeof line === 'string') expect(shown).toBe(line);
    else expect(shown).toMatch(line);
  });

  describe('Slack', () => {
    it('tells the scopes that are not granted, and what is lost', async () => {
      const scopes = manifestScopes().filter((scope) => scope !== 'groups:read');
      const poor = await startDoctorStage({ scopes });
      open.push(() => poor.stop());
      const { status, about } = await poor.doctor(['--only', 'slack']);
      expect(about('slack', 'scopes')).toBe(
        `fail     slack    scopes: not granted: groups:read (channels must be configured by id, and \`pullmedic doctor\` cannot tell whether the bot is in them)
                  do: add them under "OAuth & Permissions", or paste infra/slack/manifest.yaml under "App Manifest"; then reinstall the app`,
      );
      expect(about('slack', 'channel incidents')).toBe(
        `fail     slack    channel incidents: Slack conversations.list: missing_scope
                  do: see the line about scopes`,
      );
      expect(status).toBe(1);
    });

    it('warns of scopes that it does not use', async () => {
      const rich = await startDoctorStage({ scopes: [...manifestScopes(), 'files:read'] });
      open.push(() => rich.stop());
      expect((await rich.doctor(['--only', 'slack'])).about('slack', 'scopes')).toBe(
        `warn     slack    scopes: all that are needed, and more: files:read
                  do: take them away under "OAuth & Permissions": pullmedic uses none of them`,
      );
    });

    it('asks for a Socket Mode address with the app-level token, and opens no connection', async () => {
      const socket = await startSocketSlack(`xapp-${CANARY}`);
      open.push(() => socket.stop());
      const config = stage.config();
      Object.assign(config.slack, { appToken: 'env:APP', apiUrl: socket.apiUrl });
      stage.env['APP'] = `xapp-${CANARY}`;
      expect((await doctor(['--only', 'slack'], config)).about('slack', 'Socket Mode')).toBe(
        'ok       slack    Socket Mode: an address for the connection is given',
      );
      expect(socket.connections()).toBe(0);
      stage.env['APP'] = `xapp-${CANARY}-other`;
      expect((await doctor(['--only', 'slack'], config)).about('slack', 'Socket Mode')).toBe(
        `fail     slack    Socket Mode: Slack apps.connections.open: invalid_auth
                  do: make an app-level token with connections:write ("Basic Information"), turn Socket Mode on, and write the token to env:APP`,
      );
    });
  });
});
