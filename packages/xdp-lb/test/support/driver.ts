/** `node driver.ts JOB`: drives an instance in the namespace that it is started in; see `startDriver`. */
import { LoadBalancer } from '../../src/index.ts';
import type { DriverJob, DriverOrder } from './instance.ts';

const job: DriverJob = JSON.parse(process.argv[2] ?? '{}');
const loadBalancer = LoadBalancer.open(job.options);
for (const name of job.interfaces) loadBalancer.attach(name);
loadBalancer.apply(job.services);
loadBalancer.announce(job.announce ?? []);
process.on('message', ({ announce }: DriverOrder) => {
  loadBalancer.announce(announce);
  process.send?.('done');
});
process.stdout.write('ready\n');
setInterval(() => loadBalancer.stats(), 1_000);
