import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import type { WorkloadObject } from '../../infra/local/kubernetes/objects.ts';
import { DEPLOYMENTS } from '../../infra/local/kubernetes/resources.ts';
import { findScenario } from '../../infra/local/scenarios/index.ts';
import { endOutage } from '../../infra/local/scenarios/repairable.ts';
import { CHROMIUM, openBrowser } from '../support/chromium.ts';
import { until } from '../support/until.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import { untilRefusedAgain } from './until-refused-again.ts';

jest.setTimeout(180_000);

if (CHROMIUM === undefined) console.warn('SKIPPED: remedies clicked in a browser: no Chromium on this machine');
const withBrowser = CHROMIUM === undefined ? describe.skip : describe;

/** Where pictures of the main states are written, `docs/images` for the committed ones; unset = none is. */
const PICTURES = process.env['PULLMEDIC_PICTURES'];
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

const CLICKED = [
  { name: 'expired-ecr-token', button: 'Refresh secret ecr-creds …' },
  { name: 'bad-tag-rollout', button: 'Roll back to v1.2.2 …' },
  { name: 'unattached-secret', button: 'Attach secret private-registry …' },
  { name: 'attached-too-late', button: 'Retry now …' },
  { name: 'removed-tag', button: 'Pin the digest that runs …' },
  { name: 'registry-outage', button: 'Retry now …' },
] as const;

withBrowser('each scenario that a button repairs, clicked in a browser', () => {
  let embedded: Embedded;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    embedded = await startEmbedded({ scenarios: [...CLICKED.map(({ name }) => name), 'gitops-bad-tag'] });
    browser = await openBrowser({ executablePath: CHROMIUM ?? '', viewport: DESKTOP, colorScheme: 'light' });
    page = await browser.context.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(embedded.stack.ready.console);
  });

  afterAll(async () => {
    await browser?.close();
    await embedded?.stop();
  });

  /** What a failed row leaves open must not fail the next one. */
  afterEach(async () => {
    if (await modal().isVisible()) await page.keyboard.press('Escape');
  });

  const modal = (): Locator => page.getByRole('dialog');

  function subjectOf(name: string) {
    const found = findScenario(name)?.subject;
    if (found === undefined) throw new Error(`no scenario ${name}`);
    return { ...found, label: `${found.namespace}/${found.workload}` };
  }

  /** The message of that subject on the page. */
  async function messageOf(label: string): Promise<Locator> {
    const { ts } = await embedded.untilMessage(label, 60);
    const found = page.locator(`[data-ts="${ts}"]`);
    await found.waitFor();
    return found;
  }

  async function picture(name: string, what: Page | Locator = page): Promise<void> {
    if (PICTURES === undefined) return;
    mkdirSync(PICTURES, { recursive: true });
    await what.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled' });
  }

  function isWhole(namespace: string, name: string): boolean {
    const found = embedded.stack.cluster.get(DEPLOYMENTS, namespace, name) as WorkloadObject | undefined;
    const { availableReplicas, updatedReplicas } = (found?.status ?? {}) as Record<string, number | undefined>;
    const wanted = found?.spec.replicas ?? 1;
    return availableReplicas === wanted && updatedReplicas === wanted;
  }

  it('a guest is told that guests may not', async () => {
    const message = await messageOf(subjectOf('bad-tag-rollout').label);
    await picture('remedy-message', message);
    await page.getByLabel('Press as').selectOption({ label: 'guest' });
    await message.getByRole('button', { name: 'Roll back to v1.2.2 …' }).click();
    await modal().getByRole('heading', { name: 'Not allowed' }).waitFor();
    expect(await modal().textContent()).toMatch(/guest/i);
    expect(await modal().locator('.mention').allTextContents()).toContain('#incidents');
    await picture('remedy-denied', modal());
    await modal().getByRole('button', { name: 'Close', exact: true }).last().click();
    await modal().waitFor({ state: 'hidden' });
    await page.getByLabel('Press as').selectOption({ label: 'alice' });
  });

  it('a workload that Argo CD writes shows what to change in Git', async () => {
    const message = await messageOf(subjectOf('gitops-bad-tag').label);
    await message.getByRole('button', { name: 'Show Git fix' }).click();
    await modal().locator('pre').first().waitFor();
    expect(await modal().textContent()).toMatch(/newTag|image:/);
    expect(await modal().locator('[data-key="submit"]').count()).toBe(0);
    await picture('remedy-git-fix', modal());
    await page.keyboard.press('Escape');
    await modal().waitFor({ state: 'hidden' });
  });

  it.each(CLICKED)('$name: $button, confirmed: the pods run, and the message says so', async ({ name, button }) => {
    const { namespace, workload, label } = subjectOf(name);
    const message = await messageOf(label);
    if (name === 'registry-outage') {
      await untilRefusedAgain(embedded, namespace);
      endOutage(embedded.stack);
    }
    await message.getByRole('button', { name: button }).click();
    const submit = modal().locator('[data-key="submit"]');
    await submit.waitFor();
    expect(await modal().textContent()).toMatch(/nothing was changed yet/);
    if (name === 'bad-tag-rollout') {
      await picture('remedy-dialog', modal());
      await page.setViewportSize(PHONE);
      await picture('remedy-dialog-phone');
      const scroll = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect(scroll).toBeLessThanOrEqual(PHONE.width);
      await page.setViewportSize(DESKTOP);
    }
    // Slack takes its time with the next edit of the dialog, so that a person sees the one before.
    if (name === 'bad-tag-rollout')
      embedded.stack.slack?.faults.add({ kind: 'slow', method: 'views.update', times: 1 });
    await submit.click();
    await submit.waitFor({ state: 'detached' });
    if (name === 'bad-tag-rollout') {
      await modal().getByRole('heading', { name: 'Working…' }).waitFor();
      await picture('remedy-working', modal());
      await modal().getByRole('heading', { name: 'Done' }).waitFor();
    }
    await modal().getByRole('button', { name: 'Close' }).first().click();
    await until(`${label} is whole`, 60, () => isWhole(namespace, workload));
    await embedded.untilMessage(label, 60, /^🟢/u);
    await message.getByText(/^🟢/u).first().waitFor();
    if (name === 'bad-tag-rollout') await picture('remedy-fixed', message);
  });

  it('fits a phone with its buttons, without scrolling sideways', async () => {
    await page.setViewportSize(PHONE);
    const message = await messageOf(subjectOf('gitops-bad-tag').label);
    await message.getByRole('button', { name: 'Show Git fix' }).scrollIntoViewIfNeeded();
    await picture('remedy-message-phone');
    await message.getByLabel('More actions').click();
    await message.getByRole('button', { name: 'Not it' }).waitFor();
    const [whole, list, shown] = await page.evaluate<readonly [number, number, number]>(
      '(({ scrollWidth, clientWidth }) => [document.documentElement.scrollWidth, scrollWidth, clientWidth])(document.getElementById("messages"))',
    );
    expect(whole).toBeLessThanOrEqual(PHONE.width);
    expect(list).toBeLessThanOrEqual(shown);
    await page.setViewportSize(DESKTOP);
  });

  it('runs without an error of its own', () => {
    expect(problems).toEqual([]);
  });
});
