import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readPackageOptions, UsageError } from '../../infra/build/package-options.ts';
import { type Checkout, createCheckout } from './packaged.ts';

const CONFIG = '--param=config=ssm:/pullmedic/config';

describe('npm run package', () => {
  let checkout: Checkout;
  beforeAll(() => {
    checkout = createCheckout();
  });
  afterAll(() => checkout?.remove());

  const problemOf = (args: readonly string[]) => {
    try {
      readPackageOptions(args, checkout.folder);
      return 'none';
    } catch (error) {
      if (error instanceof UsageError) return error.message;
      throw error;
    }
  };

  it.each([
    { args: [], says: /pullmedic\.yaml is not there: .*--param config=ssm:\/pullmedic\/config/ },
    { args: ['--param', 'config=pulmedic.yml'], says: /config=pulmedic\.yml: expected ssm:NAME/ },
    { args: ['--param', 'config=ssm:/other/config'], says: /below \/pullmedic\/ only/ },
    { args: ['--param', 'confg=x'], says: /confg: there is none of that name; the nearest is config/ },
    { args: ['--param', 'config'], says: /expected name=value/ },
    { args: ['--stag', 'x'], says: /--stag/ },
    { args: ['--stage', 'Prod', CONFIG], says: /--stage Prod: expected/ },
    { args: ['--region', 'Ireland', CONFIG], says: /--region Ireland: expected an AWS region/ },
    { args: [CONFIG, '--param=subnetIds=subnet-1'], says: /belong together/ },
    { args: [CONFIG, '--param=reservedConcurrency=many'], says: /expected a whole number/ },
    { args: [CONFIG, '--stage=test', '--param=logLevel=DEBUG'], says: /^none$/ },
  ])('says of $args what is wrong', ({ args, says }) => {
    expect(problemOf(args)).toMatch(says);
  });

  it('ends with 2 and one line, not with a stack trace', () => {
    const { status, output } = checkout.script('package');
    expect(status).toBe(2);
    expect(output.trim().split('\n')).toHaveLength(1);
  });

  it('reads the configuration that goes into the zips', () => {
    const file = join(checkout.folder, 'pullmedic.yaml');
    writeFileSync(file, 'clusters: [{ name: a }]\nslck: { channel: c }\n');
    expect(problemOf([])).toMatch(/pullmedic\.yaml.*slck/s);
    writeFileSync(file, 'clusters: [{ name: a }]\nslack: { channel: c }\n');
    expect(problemOf([])).toBe('none');
  });

  it('cleans no folder that holds something else', () => {
    const { status, output } = checkout.script('package', [CONFIG, '--out', 'shared']);
    expect(status).toBe(2);
    expect(output).toMatch(/holds files that no package has/);
  });
});
