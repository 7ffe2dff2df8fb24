import { describe, expect, it } from '@jest/globals';
import { renderReport } from '../../functions/cli/report.ts';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { findPullFailures } from '../../shared/domain/find-pull-failures.ts';
import { listCaptures, readEvents, readOwners, readPod, snapshotOf } from '../support/captures.ts';

const PLAIN = { columns: 80, hasColours: false };

function diagnosesOf(name: string, rename: readonly string[] = []) {
  const capture = listCaptures().find(
    ({ runtime, name: candidate, podFile }) =>
      runtime === 'containerd-2.4.2' && candidate === name && podFile === 'pod.json',
  );
  if (capture === undefined) throw new Error(`no capture ${name}`);
  const pod = readPod(capture);
  const pods =
    rename.length === 0
      ? [pod]
      : rename.map((podName) => ({ ...pod, metadata: { ...pod.metadata, name: podName, uid: podName } }));
  const snapshot = snapshotOf({ pods, events: readEvents(capture), workloads: readOwners(capture) });
  return findPullFailures(snapshot).map((failure) => ({ failure, findings: diagnose(failure) }));
}

describe('the report for people', () => {
  it('begins with the cause in plain words, and tells where, why and what to do', () => {
    const lines = renderReport(diagnosesOf('deployment'), PLAIN).split('\n');
    expect(lines[0]).toBe('deployment/web: tag v999 does not exist');
    expect(lines[1]).toMatch(/^Do: \w+/);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ {2}cause {2}tag-not-found.*, likely$/),
        '  image  registry.example.com/team/web:v999',
        '  where  container web of pod web-77d5c56996-mb2t8 on node-1',
        '  Why',
        '  Fix',
      ]),
    );
    expect(lines.join(' ')).toMatch(/\(event, 11:14:38Z\)/);
  });

  it('says what is not known, with the command that tells it', () => {
    const text = renderReport(diagnosesOf('private-secret-other-host'), PLAIN);
    expect(text).toMatch(/Not known\n {4}- secret private-secret-other-host\/[\w-]+ could not be read/);
    expect(text).toMatch(/\n {6}kubectl get secret -n 'private-secret-other-host'/);
  });

  it.each([40, 60, 80, 200])('keeps to %d columns, and to 120 at most', (columns) => {
    for (const { name } of listCaptures().filter(
      ({ runtime, podFile }) => runtime === 'containerd-2.4.2' && podFile === 'pod.json',
    )) {
      const tooLong = renderReport(diagnosesOf(name), { columns, hasColours: false })
        .split('\n')
        // Commands are not wrapped.
        .filter((line) => line.length > Math.min(columns, 120) && !/^ {6}\S/.test(line));
      expect(tooLong).toEqual([]);
    }
  });

  it('puts the pods of one workload with one cause together', () => {
    const names = Array.from({ length: 7 }, (_, i) => `web-77d5c56996-${i}`);
    const text = renderReport(diagnosesOf('deployment', names), PLAIN);
    expect(text.match(/tag v999 does not exist/g)).toHaveLength(1);
    expect(text.replace(/\s+/g, ' ')).toContain('container web of 7 pods: web-77d5c56996-0 on node-1,');
    expect(text.replace(/\s+/g, ' ')).toContain('and 2 more');
  });

  it('has colours only where asked, and none that the cluster sends', () => {
    const [diagnosis] = diagnosesOf('deployment');
    if (diagnosis === undefined) throw new Error('nothing fails');
    const hostile = { ...diagnosis, failure: { ...diagnosis.failure, imageText: 'evil\u001b[2J\u202Egnp.exe\u0007' } };
    expect(renderReport([hostile], PLAIN)).not.toMatch(/\p{Cc}(?<!\n)|\p{Cf}/u);
    expect(renderReport([diagnosis], { ...PLAIN, hasColours: true })).toContain('\u001b[1m');
  });

  it('is empty where nothing fails', () => {
    expect(renderReport([], PLAIN)).toBe('');
  });
});

describe('a command in a report', () => {
  it('stands in one line, however narrow the terminal, so that a copy of it is the command', () => {
    const [diagnosis] = diagnosesOf('private-no-secret');
    const command = diagnosis?.findings[0]?.fixes.flatMap(({ commands }) => commands).find((each) => each.length > 60);
    if (diagnosis === undefined || command === undefined) throw new Error('no long command');
    const lines = renderReport([diagnosis], { columns: 40, hasColours: false }).split('\n');
    expect(lines.map((line) => line.trim())).toContain(command);
  });
});
