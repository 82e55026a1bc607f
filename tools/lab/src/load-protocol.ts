/** What a load agent sends, and where to. */
export interface LoadTarget {
  /** IPv4 or IPv6 address. */
  readonly address: string;
  /** Port, host order. */
  readonly port: number;
}

/** Many short requests, each on a fresh connection (TCP) or socket (UDP), so each is a new flow. */
export interface RequestLoad extends LoadTarget {
  readonly protocol: 'tcp' | 'udp';
  /** Requests in flight at a time. Default 8. */
  readonly concurrency?: number;
  /** Ends after this many requests. Default: no such bound. */
  readonly requests?: number;
  /** Ends after this time in milliseconds. Default 10,000; never more than 300,000. */
  readonly durationMs?: number;
  /** At most this many requests a second. Default: as fast as it goes. */
  readonly ratePerSecond?: number;
  /** A request that takes longer has failed, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
}

/** TCP connections that stay open and send a line every so often. */
export interface HoldLoad extends LoadTarget {
  readonly connections: number;
  /** Time between two pings of a connection, in milliseconds. Default 50. */
  readonly intervalMs?: number;
  /** Connecting, or one ping, that takes longer has failed, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
  /** All connections are closed after this time, in milliseconds. Default 60,000; never more than 300,000. */
  readonly durationMs?: number;
}

/** What happened to the requests of a load. */
export interface RequestStats {
  /** Requests that have ended, well or not. */
  readonly requests: number;
  readonly failed: number;
  /** Answered requests by the name that the backend gave. */
  readonly backends: Readonly<Record<string, number>>;
  /** Failed requests by reason: an errno name, `timeout`, `closed early`, `wrong answer`. */
  readonly failures: Readonly<Record<string, number>>;
  /** Time to the answer of answered requests (of the latest 10,000), in milliseconds; 0 when there are none. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Since the start of the load. */
  readonly seconds: number;
}

/** The state of one held connection. `open` is the only good one. */
export type HeldState = 'connecting' | 'open' | 'reset' | 'closed' | 'timeout' | 'wrong answer' | 'failed';

/** One held connection. */
export interface HeldConnection {
  /** The backend's name; empty until it has said it. */
  readonly backend: string;
  /** The client's port; 0 until connected. */
  readonly localPort: number;
  readonly state: HeldState;
  /** The errno name when `reset` or `failed`. */
  readonly errno?: string;
  /** Pings that were answered. */
  readonly pings: number;
  /** The longest time from a ping to its answer, in milliseconds. */
  readonly longestGapMs: number;
}

/** @internal From the lab to an agent. */
export type AgentRequest =
  | { readonly type: 'start'; readonly job: number; readonly kind: 'requests'; readonly load: RequestLoad }
  | { readonly type: 'start'; readonly job: number; readonly kind: 'hold'; readonly load: HoldLoad }
  | { readonly type: 'stop'; readonly job: number };

/** @internal From an agent to the lab: `progress` about ten times a second, `done` once. */
export type AgentReport =
  | { readonly type: 'ready' }
  | { readonly type: 'progress' | 'done'; readonly job: number; readonly stats: RequestStats }
  | { readonly type: 'progress' | 'done'; readonly job: number; readonly held: readonly HeldConnection[] };
