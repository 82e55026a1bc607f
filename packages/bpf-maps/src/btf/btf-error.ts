/** The codes of {@link BtfError}. */
export type BtfErrorCode = 'ERR_BPF_BTF_FORMAT' | 'ERR_BPF_BTF_TYPE' | 'ERR_BPF_NO_BTF';

/**
 * BTF that cannot be used: its bytes are not BTF (`ERR_BPF_BTF_FORMAT`), a type has no values of its own or no
 * fixed size (`ERR_BPF_BTF_TYPE`), or a map has none (`ERR_BPF_NO_BTF`).
 */
export class BtfError extends Error {
  /** Always `BtfError`. */
  override readonly name = 'BtfError';
  /** What is wrong; see the table in the README. */
  readonly code: BtfErrorCode;

  constructor(code: BtfErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
