import { it } from '@jest/globals';
import { EVERYBODY, problemsOfEnding, runJob, startUniverse } from './universe.ts';

const p = (...a: unknown[]) =>
  process.stderr.write(a.map((x) => (typeof x === 'string' ? x : JSON.stringify(x, null, 1))).join(' ') + '\n');
it('x', async () => {
  const t0 = performance.now();
  const c0 = process.cpuUsage();
  const u = await startUniverse();
  p('start', performance.now() - t0, process.cpuUsage(c0));
  u.injector.begin(EVERYBODY, 'alert', undefined);
  const t1 = performance.now();
  const c1 = process.cpuUsage();
  const r = await runJob(u, 'fault-1', undefined);
  p('job', performance.now() - t1, process.cpuUsage(c1), r.problems, problemsOfEnding(u.world, 'fault-1'));
  const g = (calls: any) => {
    const m: any = {};
    for (const { phase, call, nth } of calls) m[phase + ' ' + call] = nth;
    return m;
  };
  p(g(r.calls));
  p(g(u.injector.calls(EVERYBODY)));
  p(u.world.lines, u.world.lineProblems);
  await u.stop();
}, 60000);
