import { PAUSE_IMAGE } from '../node/containerd.ts';
import { compiledImage } from './compiled-image.ts';

/** Holds a pod's namespaces open, and does nothing else. */
const SOURCE = `#include <unistd.h>
int main(void)
{
	for (;;)
		pause();
}
`;

/** The path of an archive with the image that every pod begins with; made when the cache does not have it. */
export const pauseImage = (): Promise<string> =>
  compiledImage({ name: PAUSE_IMAGE, program: 'pause', source: SOURCE });
