import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { LogFormat, LogLevel } from './options.ts';

/** Logs to standard output, synchronously, so that nothing is lost when the process ends. */
export async function createLogger(level: LogLevel, format: LogFormat): Promise<Logger> {
  const options = { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` };
  return pino(options, await openStream(format));
}

async function openStream(format: LogFormat): Promise<DestinationStream> {
  if (format === 'json') return destination({ fd: 1, sync: true });
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    destination: 1,
    sync: true,
    colorize: process.stdout.isTTY,
    ignore: 'stack,type,file,line,column,path',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
}
