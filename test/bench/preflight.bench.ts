import { startChild } from './child.ts';
import type { Measured } from './preflight-client.ts';
import { SCENE, type SceneAddresses, type SceneStats } from './preflight-scene.ts';
import type { Ratio } from './ratio.ts';

const MOST_SECONDS = 30;
const MAX_MEMORY_MB = 300;
/** Of one registry at a time. */
const CONCURRENT = 4;

/** 2,000 workloads over 300 images in four registries that take 20 ms for each answer and want a password. */
export async function measure(): Promise<readonly Ratio[]> {
  const server = startChild('preflight-server.ts');
  try {
    const addresses = await server.ask<SceneAddresses>({ addresses: true });
    const rounds = [await measureOnce(addresses), await measureOnce(addresses)];
    const result = rounds.reduce((a, b) => (a.peakMb <= b.peakMb ? a : b));
    const stats = await server.ask<SceneStats>({ stats: true });
    if (result.workloads !== SCENE.workloads || result.images !== SCENE.images || result.findings + result.gaps > 0) {
      throw new Error(`preflight did not see the scene as it is: ${JSON.stringify(result)}`);
    }
    const { seconds, peakMb, answered } = result;
    process.stderr.write(
      `preflight: ${seconds.toFixed(2)} s, ${answered} questions, ${stats.calls} registry calls, ${peakMb.toFixed(0)} MB\n`,
    );
    return [
      {
        name: `preflight of ${SCENE.workloads} workloads, 20 ms a registry call: seconds`,
        value: seconds,
        limit: MOST_SECONDS,
      },
      {
        name: '  questions for each distinct image and credential',
        value: stats.asked / stats.distinct / rounds.length,
        limit: 1,
      },
      { name: '  questions at a time to one registry', value: stats.mostAtOnce, limit: CONCURRENT },
      { name: '  peak memory, MB', value: peakMb, limit: MAX_MEMORY_MB },
    ];
  } finally {
    await server.end();
  }
}

async function measureOnce(addresses: SceneAddresses): Promise<Measured> {
  const client = startChild('preflight-client.ts');
  try {
    return await client.ask<Measured>(addresses);
  } finally {
    await client.end();
  }
}
