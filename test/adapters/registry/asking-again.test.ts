import type { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { credential } from './ask.ts';
import { startedRegistries } from './started.ts';
import { answerJson, answerManifest, basicRegistry } from './test-registry.ts';

const { start } = startedRegistries();

describe('asking again', () => {
  it.each([
    { name: 'found', respond: (response: ServerResponse) => answerManifest(response), keptMs: 5 * 60_000 },
    { name: 'refused', respond: (response: ServerResponse) => response.writeHead(403).end(), keptMs: 25_000 },
    { name: 'down', respond: (response: ServerResponse) => response.writeHead(503).end(), keptMs: 60_000 },
  ])('keeps $name for $keptMs ms', async ({ respond, keptMs }) => {
    const { server, registry, image } = await start((_, response) => void respond(response));
    const first = await registry.ask(image);
    registry.advance(keptMs - 1);
    expect(await registry.ask(image)).toEqual(first);
    expect(server.requests).toHaveLength(1);
    registry.advance(1);
    await registry.ask(image);
    expect(server.requests).toHaveLength(2);
  });

  it('is another question with another password', async () => {
    const { registry, image } = await start(basicRegistry('ann', 'new', (_, response) => answerManifest(response)));
    const ask = async (password: string) =>
      (await registry.ask(image, { credentials: [credential('ann', password)] })).answer?.attempts[0]?.result;
    expect([await ask('old'), await ask('new')]).toEqual(['unauthorized', 'found']);
  });

  it('shares one answer among those who ask at the same time', async () => {
    const { server, registry, image } = await start((_, response) => answerManifest(response));
    const replies = await Promise.all([registry.ask(image), registry.ask(image), registry.ask(image)]);
    expect(replies.map(({ answer }) => answer?.attempts[0]?.result)).toEqual(['found', 'found', 'found']);
    expect(server.requests).toHaveLength(1);
  });

  it('sends no more than four questions at a time to one host', async () => {
    let most = 0;
    const waiting: ServerResponse[] = [];
    const { registry, server } = await start((_, response) => {
      waiting.push(response);
      most = Math.max(most, waiting.length);
      // Answered when nobody else can come any more: all four, or the last ones.
      if (waiting.length === 4) for (const one of waiting.splice(0)) answerManifest(one);
    });
    const replies = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) => registry.ask(`${server.address}/team/app:${n}`)),
    );
    expect(replies.every(({ answer }) => answer?.attempts[0]?.result === 'found')).toBe(true);
    expect(most).toBe(4);
  });
});

describe('time', () => {
  it('keeps what is known when the caller ends it, and asks anew the next time', async () => {
    const controller = new AbortController();
    const { registry, image } = await start(
      basicRegistry('bob', 'right', ({ path }, response) => {
        if (path.includes('manifests')) {
          response.writeHead(404, { 'docker-distribution-api-version': 'registry/2.0' }).end();
        } else if (controller.signal.aborted) answerJson(response, 200, { tags: ['1.28'] });
        else controller.abort();
      }),
    );
    const credentials = [credential('bob', 'right')];
    const { answer, gaps } = await registry.ask(image, { credentials, signal: controller.signal });
    expect(answer?.attempts).toMatchObject([{ credential: { secret: 'bob' }, result: 'manifest-unknown' }]);
    expect(answer?.tags).toBeUndefined();
    expect(gaps).toMatchObject([{ why: 'there was no answer in time' }]);
    const again = await registry.ask(image, { credentials });
    expect(again.answer?.tags).toMatchObject({ count: 1 });
    expect(again.gaps).toEqual([]);
  });

  it('ends by itself where nothing answers', async () => {
    const { registry, image } = await start(() => {}, { deps: { timeoutMs: 150 } });
    expect(await registry.ask(image)).toMatchObject({
      answer: undefined,
      gaps: [{ why: 'there was no answer in time' }],
    });
  });

  it('leaves a registry alone for a minute that said nothing, whatever is asked of it', async () => {
    const { server, registry } = await start(() => {}, { deps: { timeoutMs: 150 } });
    await registry.ask(`${server.address}/team/app:1`);
    expect(await registry.ask(`${server.address}/team/web:2`)).toMatchObject({
      answer: undefined,
      gaps: [{ why: 'it did not answer a moment ago' }],
    });
    expect(server.requests).toHaveLength(1);
    registry.advance(60_000);
    await registry.ask(`${server.address}/team/web:2`);
    expect(server.requests).toHaveLength(2);
  });

  it('does not take its own queue for the silence of a registry', async () => {
    const isOpen = Promise.withResolvers<void>();
    const { server, registry } = await start(
      ({ path }, response) => {
        if (path.endsWith('/fast')) answerManifest(response);
        else void isOpen.promise.then(() => answerManifest(response));
      },
      { deps: { timeoutMs: 600 } },
    );
    const slow = [1, 2, 3, 4].map((n) => registry.ask(`${server.address}/team/app:${n}`));
    const ending = AbortSignal.timeout(400);
    const waiting = await registry.ask(`${server.address}/team/app:fast`, { signal: ending });
    expect(waiting.gaps).toMatchObject([{ why: 'there was no answer in time' }]);
    isOpen.resolve();
    await Promise.all(slow);
    const { answer } = await registry.ask(`${server.address}/team/app:fast`);
    expect(answer?.attempts[0]?.result).toBe('found');
  });

  it('asks nothing where time is over already', async () => {
    const { server, registry, image } = await start((_, response) => answerManifest(response));
    const { answer } = await registry.ask(image, { signal: AbortSignal.abort() });
    expect(answer).toBeUndefined();
    expect(server.requests).toEqual([]);
  });
});
