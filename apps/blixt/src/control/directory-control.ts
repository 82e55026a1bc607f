import {
  ClassAddresses,
  Controller,
  checkManifests,
  type DataPlane,
  DirectorySource,
  type DirectoryStatusWriter,
  type Logger,
  ManifestsError,
  PoolAddresses,
} from '@blixt/controller';
import type { Control } from './control.ts';

/** Settings of {@link openDirectory}. */
export interface DirectoryControlOptions {
  readonly path: string;
  readonly pool: readonly string[];
  readonly logger: Logger;
}

/** Objects from a folder; whatever is wrong with its files, or the pool, is told before anything is touched. */
export function openDirectory({ path, pool, logger }: DirectoryControlOptions): Control {
  const addresses = new ClassAddresses({ Pool: new PoolAddresses({ ranges: pool }) });
  const { problems, unreadable } = checkManifests([path]);
  for (const error of unreadable) throw error;
  if (problems.length > 0) throw new ManifestsError(problems);
  let controller: Controller | undefined;
  return {
    async start(dataPlane: DataPlane, statusWriter: DirectoryStatusWriter): Promise<number> {
      controller = new Controller({
        source: new DirectorySource(path, { logger }),
        dataPlane,
        statusWriter,
        addresses,
        logger,
      });
      await controller.start();
      return controller.objects.count('Gateway');
    },
    stop: async () => controller?.stop(),
  };
}
