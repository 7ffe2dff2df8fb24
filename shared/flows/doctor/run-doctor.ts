import pLimit from 'p-limit';
import type { Check } from '../../domain/doctor/check.ts';
import { awsSteps } from './check-aws.ts';
import { clusterSteps } from './check-cluster.ts';
import { configSteps } from './check-config.ts';
import { slackSteps } from './check-slack.ts';
import { webhookSteps } from './check-webhook.ts';
import type { DoctorDeps, DoctorRequest, Step } from './doctor-deps.ts';

/** What is asked at a time: each thing waits for another server. */
const CONCURRENCY = 8;

const STEPS = {
  config: configSteps,
  cluster: clusterSteps,
  aws: awsSteps,
  slack: slackSteps,
  webhook: webhookSteps,
} as const satisfies Record<string, (request: DoctorRequest, deps: DoctorDeps) => readonly Step[]>;

/** Whether an installation works: everything that the configuration needs is tried, and nothing is changed. */
export async function runDoctor(request: DoctorRequest, deps: DoctorDeps): Promise<readonly Check[]> {
  const steps = request.areas.flatMap((area) => STEPS[area](request, deps));
  const limit = pLimit(CONCURRENCY);
  let done = 0;
  const results = await Promise.all(
    steps.map((step) =>
      limit(async () => {
        const checks = await step();
        done += 1;
        deps.onProgress?.(done, steps.length);
        return checks;
      }),
    ),
  );
  return results.flat();
}
