/** The types of bpf/types.h that user space reads or writes; nested ones stand before those that hold them. */
export const STRUCTS = [
  'address_key',
  'announcer',
  'service_key',
  'service',
  'backend',
  'next_hop',
  'backend_cpu',
  'service_stats',
  'flow_key',
  'flow',
  'nat_slot',
  'nat_target_key',
  'nat_target',
  'maglev_entry',
  'local_flow_key',
  'local_flow',
  'settings',
];

/** @see STRUCTS */
export const ENUMS = ['drop_reason', 'device_flag', 'service_flag', 'backend_flag', 'flow_state'];
