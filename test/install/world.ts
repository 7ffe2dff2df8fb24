import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientSettings } from '../package/deploy.ts';
import { createKubectl } from '../real/kubectl.ts';
import { startSlackJournal } from '../real/slack-journal.ts';
import { findProgram } from '../support/find-program.ts';
import { findMoto, startMoto } from '../support/moto-server.ts';
import { startAwsFront } from './aws-front.ts';
import { CannotWalk, type World } from './walker.ts';

export const CHANNEL = 'image-pulls';
const BOT_TOKEN = 'xoxb-walk-0000000000';
export const SIGNING_SECRET = '0123456789abcdef0123456789abcdef';

/** @param folder the copy of the checkout in which commands run @throws {CannotWalk} naming what is missing */
export async function openWorld(folder: string): Promise<World> {
  const kubeconfig = process.env['KUBECONFIG'];
  if (kubeconfig === undefined) throw new CannotWalk('KUBECONFIG names no cluster: test/install/walk.sh starts one');
  if (findMoto() === undefined) throw new CannotWalk("moto_server is missing: pip install 'moto[server]'");
  const aws = findProgram('aws', 'PULLMEDIC_AWS');
  if (aws === undefined) throw new CannotWalk('the AWS command line is missing: pip install awscli');

  const closing: (() => unknown)[] = [];
  const moto = await startMoto();
  closing.push(() => moto.stop());
  const front = await startAwsFront(moto.endpoint);
  closing.push(() => front.stop());
  const slack = await startSlackJournal(BOT_TOKEN, [CHANNEL]);
  closing.push(() => slack.stop());
  const env = {
    ...pick(process.env, ['PATH', 'HOME', 'LANG', 'TMPDIR']),
    PATH: `${join(folder, 'node_modules', '.bin')}:${join(aws, '..')}:${process.env['PATH'] ?? ''}`,
    KUBECONFIG: kubeconfig,
    SLACK_BOT_TOKEN: BOT_TOKEN,
    SLACK_APP_TOKEN: 'xapp-walk-0000000000',
    SLACK_SIGNING_SECRET: SIGNING_SECRET,
    AWS_ENDPOINT_URL: front.url,
    AWS_REGION: 'eu-west-1',
    // The AWS command line of PyPI is version 1, which knows this name alone.
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAWALK000000000000',
    AWS_SECRET_ACCESS_KEY: 'walk',
    AWS_PAGER: '',
  };
  return {
    folder,
    env,
    kubectl: createKubectl(kubeconfig),
    slack,
    awsUrl: front.url,
    awsSettings: clientSettings(moto),
    readme: () => readFile(join(folder, 'README.md'), 'utf8'),
    onClose: (close) => void closing.push(close),
    async close() {
      for (const close of closing.reverse()) await close();
    },
  };
}

function pick(from: NodeJS.ProcessEnv, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = from[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
