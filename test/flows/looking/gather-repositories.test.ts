import { describe, expect, it } from '@jest/globals';
import { hasEnded } from '../../../shared/domain/incident/life.ts';
import { addFailing, notFoundText, runningPod } from '../kube-objects.ts';
import { type LookStage, membersOf, openStage } from '../look-stage.ts';

const TEAMS = ['team-0', 'team-1', 'team-2', 'team-3', 'team-4', 'team-5'];

function breakTeam(stage: LookStage, namespace: string, image: string) {
  addFailing(stage.cluster, { namespace, name: 'web', image, at: stage.now() }, notFoundText(image));
}

async function lookFor(stage: LookStage, seconds: number, teams: readonly string[]) {
  for (let passed = 0; passed < seconds; passed += 10) {
    for (const team of teams) await stage.look(team, { from: 'sweep' });
    stage.advance(10);
  }
}

async function openIn(stage: LookStage, teams: readonly string[]) {
  return (await stage.incidents(...teams)).filter(({ incident }) => !hasEnded(incident));
}

describe('the same repository with distinct tags', () => {
  it('in six namespaces is one incident within a minute, and no second message was due by then', async () => {
    const stage = openStage();
    for (const [n, team] of TEAMS.entries()) breakTeam(stage, team, `ghcr.io/acme/web:v${n}`);
    await lookFor(stage, 60, TEAMS);
    const open = await openIn(stage, TEAMS);
    expect(open).toHaveLength(1);
    expect(open.map(({ incident }) => [incident.slot, incident.best.phrase])).toEqual([
      ['prod|image-reference|ghcr.io/acme/web', 'several tags of acme/web do not exist'],
    ]);
    expect(
      open
        .flatMap(membersOf)
        .map(({ namespace }) => namespace)
        .sort(),
    ).toEqual(TEAMS);
    const ended = (await stage.incidents(...TEAMS)).filter(({ incident }) => hasEnded(incident));
    expect(new Set(ended.map(({ incident }) => incident.state))).toEqual(new Set(['superseded']));
    for (const { incident } of ended) expect(incident.notes.at(-1)?.text).toContain('told in another message');
  });

  it('stays one while its namespaces heal one by one, and then recovers', async () => {
    const stage = openStage();
    for (const [n, team] of TEAMS.entries()) breakTeam(stage, team, `ghcr.io/acme/web:v${n}`);
    await lookFor(stage, 60, TEAMS);
    const [before] = await openIn(stage, TEAMS);
    for (const [n, team] of TEAMS.entries()) {
      const at = stage.now();
      stage.cluster.pods = [
        ...stage.cluster.pods.filter(({ metadata }) => metadata?.namespace !== team),
        runningPod({ namespace: team, name: 'web', image: `ghcr.io/acme/web:v${n}`, at }),
      ];
      await lookFor(stage, 20, TEAMS);
      const open = await openIn(stage, TEAMS);
      expect(open.map(({ incident }) => incident.id)).toEqual(n < 5 ? [before?.incident.id] : []);
    }
  });

  it('in four namespaces is four incidents', async () => {
    const stage = openStage();
    const four = TEAMS.slice(0, 4);
    for (const [n, team] of four.entries()) breakTeam(stage, team, `ghcr.io/acme/web:v${n}`);
    await lookFor(stage, 60, four);
    expect(await openIn(stage, four)).toHaveLength(4);
  });

  it('of which all are the same tag is one incident about that tag', async () => {
    const stage = openStage();
    for (const team of TEAMS) breakTeam(stage, team, 'ghcr.io/acme/web:v1');
    await lookFor(stage, 60, TEAMS);
    const open = await openIn(stage, TEAMS);
    expect(open.map(({ incident }) => incident.slot)).toEqual(['prod|image-reference|ghcr.io/acme/web:v1']);
  });

  it('is not gathered with another repository', async () => {
    const stage = openStage();
    for (const [n, team] of TEAMS.entries())
      breakTeam(stage, team, `ghcr.io/acme/${n % 2 === 0 ? 'web' : 'api'}:v${n}`);
    await lookFor(stage, 60, TEAMS);
    expect(await openIn(stage, TEAMS)).toHaveLength(6);
  });

  it('is one incident too where all namespaces are looked at at once', async () => {
    const stage = openStage();
    for (const [n, team] of TEAMS.entries()) breakTeam(stage, team, `ghcr.io/acme/web:v${n}`);
    for (let round = 0; round < 6; round += 1) {
      await Promise.all(TEAMS.map((team) => stage.look(team, { from: 'sweep' })));
      stage.advance(10);
    }
    expect(await openIn(stage, TEAMS)).toHaveLength(1);
  });
});
