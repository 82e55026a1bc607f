/** The codes of {@link LoadBalancerError}; they stay the same from release to release. */
export type LoadBalancerErrorCode =
  | 'ERR_LB_PLATFORM'
  | 'ERR_LB_PRIVILEGE'
  | 'ERR_LB_KERNEL'
  | 'ERR_LB_BPFFS'
  | 'ERR_LB_BUSY'
  | 'ERR_LB_SETTINGS_CHANGED'
  | 'ERR_LB_VERSION_CHANGED'
  | 'ERR_LB_NOT_RUNNING'
  | 'ERR_LB_INTERFACE'
  | 'ERR_LB_INTERFACE_BUSY'
  | 'ERR_LB_XDP_BUSY'
  | 'ERR_LB_FORWARDING'
  | 'ERR_LB_OPTION'
  | 'ERR_LB_PORT_RANGE'
  | 'ERR_LB_SERVICE'
  | 'ERR_LB_CAPACITY'
  | 'ERR_LB_CLOSED';

/** What went wrong in the load balancer, what was expected, and what to do. */
export class LoadBalancerError extends Error {
  /** Always `LoadBalancerError`. */
  override readonly name = 'LoadBalancerError';
  /** What went wrong; see the table in the README. */
  readonly code: LoadBalancerErrorCode;

  constructor(code: LoadBalancerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The errno's name that an error of a system call carries, or undefined. */
export function errnoCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Turns the kernel's refusal to load programs and maps into one clear error. */
export function explainLoadFailure(error: unknown): LoadBalancerError {
  if (error instanceof LoadBalancerError) return error;
  const code = errnoCode(error);
  const cause = error instanceof Error ? error : new Error(String(error));
  // EACCES is also how the verifier refuses, and then there is its log.
  const hasLog = 'log' in cause && typeof cause.log === 'string' && cause.log.includes('processed ');
  if (code === 'EPERM' || (code === 'EACCES' && !hasLog)) {
    return new LoadBalancerError(
      'ERR_LB_PRIVILEGE',
      'loading BPF programs was refused (EPERM): run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON',
      { cause },
    );
  }
  if (code === 'ENOSYS') {
    return new LoadBalancerError('ERR_LB_KERNEL', 'this kernel has no bpf(2): CONFIG_BPF_SYSCALL is needed', {
      cause,
    });
  }
  // The verifier's verdict is at the end of its log; the whole log is the cause's.
  const log = 'log' in cause && typeof cause.log === 'string' ? cause.log.trim().split('\n').slice(-12) : [];
  return new LoadBalancerError(
    'ERR_LB_KERNEL',
    `the kernel refused the data plane: ${cause.message}. Linux 6.6 or newer with BTF is needed${log.map((line) => `\n  ${line}`).join('')}`,
    { cause },
  );
}
