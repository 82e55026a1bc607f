/** `node attempt.ts PIN_DIRECTORY`: opens an instance, lets go of it, and prints how that went as JSON. */
import { LoadBalancer, LoadBalancerError } from '../../src/index.ts';

try {
  LoadBalancer.open({ pinDirectory: process.argv[2] ?? '' }).close();
  process.stdout.write(JSON.stringify({ code: 'opened' }));
} catch (error) {
  const code = error instanceof LoadBalancerError ? error.code : 'not a LoadBalancerError';
  process.stdout.write(JSON.stringify({ code, message: String(error) }));
}
