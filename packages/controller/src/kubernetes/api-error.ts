import { ControllerError, type ControllerErrorCode } from '../errors.ts';

/** The part of a `Status` of `meta/v1` that tells what went wrong. */
export interface ApiStatus {
  /** The HTTP status that the API server means, for example 409. */
  readonly code: number;
  /** One word for programs, for example `NotFound`, `Conflict`, `Expired`; empty when the server gave none. */
  readonly reason: string;
  /** One sentence for people; empty when the server gave none. */
  readonly message: string;
  /** What it is about: name, kind, causes, `retryAfterSeconds`. */
  readonly details?: unknown;
}

/** Codes of an {@link ApiError}; stable across releases. */
export type ApiErrorCode = Extract<ControllerErrorCode, `ERR_API_${string}`>;

/** What an {@link ApiError} may carry besides its message. */
export interface ApiErrorOptions extends ErrorOptions {
  /** What the API server answered. */
  readonly status?: ApiStatus;
  /** From the header Retry-After or the Status, in milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * A request to the Kubernetes API that did not do what was asked. It never holds credentials: neither the
 * headers of the request nor what a credential plugin printed.
 */
export class ApiError extends ControllerError {
  /** Always `ApiError`. */
  override readonly name = 'ApiError';
  /** Which of this class's errors it is. */
  declare readonly code: ApiErrorCode;
  /** What the API server answered; there with `ERR_API_STATUS` only. */
  readonly status: ApiStatus | undefined;
  /** How long the API server asks to wait before the next try, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ApiErrorCode, message: string, options: ApiErrorOptions = {}) {
    super(code, message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** The API server does not have what was asked for (404): an object, or a resource that it does not serve. */
  get isNotFound(): boolean {
    return this.status?.code === 404;
  }

  /** The resourceVersion or the continue token is too old (410): list anew. */
  get isGone(): boolean {
    return this.status?.code === 410;
  }

  /** The object is not what the request assumed (409): it exists, or its resourceVersion is another. */
  get isConflict(): boolean {
    return this.status?.code === 409;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Reads a `Status` of the API; `fallback` is the HTTP status, for answers that are none. */
export function readStatus(value: unknown, fallback: number): ApiStatus {
  if (!isRecord(value)) {
    const message = typeof value === 'string' ? value.trim().slice(0, 500) : '';
    return { code: fallback, reason: '', message };
  }
  const { code, reason, message, details } = value;
  return {
    code: typeof code === 'number' && code !== 0 ? code : fallback,
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' ? message : '',
    ...(details === undefined ? {} : { details }),
  };
}

/** The error for an answer that is not the success that was asked for. */
export function statusError(request: string, status: ApiStatus, retryAfterMs?: number): ApiError {
  const reason = status.reason === '' ? '' : ` ${status.reason}`;
  const message = status.message === '' ? '' : `: ${status.message}`;
  const wait = retryAfterMs ?? retryAfterOf(status);
  return new ApiError(
    'ERR_API_STATUS',
    `${request}: ${status.code}${reason}${message}${missingRule(status)}`,
    {
      status,
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    },
  );
}

/** The rule that RBAC wants, as it stands in a Role or a ClusterRole; empty when the answer does not tell. */
function missingRule({ code, message }: ApiStatus): string {
  const denied = /cannot (\w+) resource "([^"]+)" in API group "([^"]*)"( in the namespace)?/.exec(message);
  if (code !== 403 || denied === null) return '';
  const [, verb = '', resource = '', group = '', namespaced] = denied;
  const rule = { apiGroups: [group], resources: [resource], verbs: [verb] };
  const role = namespaced === undefined ? 'ClusterRole' : 'Role or ClusterRole';
  return `; add to a ${role} of this user: ${JSON.stringify(rule)}`;
}

function retryAfterOf({ details }: ApiStatus): number | undefined {
  const seconds = isRecord(details) ? details.retryAfterSeconds : undefined;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined;
}
