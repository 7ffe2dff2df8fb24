import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createEmfMetrics } from '../../../shared/adapters/log/emf-metrics.ts';
import { createLambdaLog } from '../../../shared/adapters/log/lambda-log.ts';
import { ChatError } from '../../../shared/domain/errors.ts';
import { Secret } from '../../../shared/domain/secret.ts';

describe('on Lambda', () => {
  let written: Record<string, unknown>[];

  beforeEach(() => {
    written = [];
    // Powertools writes through a console of its own unless told that it is being developed.
    process.env['POWERTOOLS_DEV'] = 'true';
    process.env['POWERTOOLS_METRICS_DISABLED'] = 'false';
    for (const method of ['debug', 'info', 'warn', 'error', 'log'] as const) {
      jest.spyOn(console, method).mockImplementation((line: unknown) => {
        written.push(JSON.parse(String(line)));
      });
    }
  });
  afterEach(() => {
    delete process.env['POWERTOOLS_DEV'];
    delete process.env['POWERTOOLS_METRICS_DISABLED'];
    jest.restoreAllMocks();
  });

  it.each(['debug', 'info', 'warn', 'error'] as const)('logs %s with its fields', (level) => {
    const log = createLambdaLog({ logger: new Logger({ serviceName: 'sweeper', logLevel: 'DEBUG' }) });
    log[level]('secret not readable', { namespace: 'shop', status: 403 });
    log[level]('nothing more');
    expect(written).toMatchObject([
      {
        level: level.toUpperCase(),
        message: 'secret not readable',
        service: 'sweeper',
        namespace: 'shop',
        status: 403,
      },
      { level: level.toUpperCase(), message: 'nothing more' },
    ]);
  });

  it('keeps a field whose name Powertools has for itself, and warns of nothing', () => {
    const log = createLambdaLog({ logger: new Logger({ serviceName: 'sweeper' }) });
    log.info('message', { message: 'a', level: 'b', service: 'c' });
    expect(written).toMatchObject([
      { message: 'message', service: 'sweeper', message_: 'a', level_: 'b', service_: 'c' },
    ]);
  });

  it('tells errors and hides secrets', () => {
    const log = createLambdaLog({ logger: new Logger({ serviceName: 'publisher' }) });
    const error = new ChatError('chat.postMessage', 'ratelimited', { retry: 'retry' });
    log.error('not posted', { error, token: new Secret('hunter2') });
    expect(written[0]).toMatchObject({ error: { name: 'ChatError', code: 'chat', retry: 'retry' }, token: '[secret]' });
  });

  it('writes how things stand under the dimension that the alarms of infra/aws ask for', () => {
    const gauges = createEmfMetrics({
      metrics: new Metrics({ namespace: 'pullmedic', serviceName: 'refresh-scheduler' }),
    });
    gauges.set('RefreshAgeOfLastSuccess', 60, 'seconds', { cluster: 'prod-eu' });
    gauges.set('RefreshAgeOfLastSuccess', 60, 'seconds');
    const metric = { Name: 'RefreshAgeOfLastSuccess', Unit: 'Seconds' };
    expect(written).toMatchObject([
      {
        _aws: {
          CloudWatchMetrics: [{ Namespace: 'pullmedic', Dimensions: [['service', 'cluster']], Metrics: [metric] }],
        },
      },
      {
        _aws: { CloudWatchMetrics: [{ Namespace: 'pullmedic', Dimensions: [['service']], Metrics: [metric] }] },
        service: 'refresh-scheduler',
        RefreshAgeOfLastSuccess: 60,
      },
    ]);
  });

  it('writes each count at once, in the embedded format, its dimensions for itself alone', () => {
    const metrics = createEmfMetrics({ metrics: new Metrics({ namespace: 'pullmedic', serviceName: 'webhook' }) });
    metrics.count('AlertsIgnored', 3, { name: 'Watchdog', empty: '' });
    metrics.count('AlertsAccepted');
    expect(written).toHaveLength(2);
    expect(written[0]).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Namespace: 'pullmedic', Metrics: [{ Name: 'AlertsIgnored', Unit: 'Count' }] }] },
      AlertsIgnored: 3,
      name: 'Watchdog',
    });
    expect(JSON.stringify(written[0])).toContain('"Dimensions":[["service","name"]]');
    expect(written[1]).toMatchObject({ AlertsAccepted: 1 });
    expect(written[1]).not.toHaveProperty('name');
  });
});
