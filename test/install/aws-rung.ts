import type { Walker, World } from './walker.ts';

export async function awsRung(_walker: Walker, _world: World): Promise<void> {}
