import { Lab, type Namespace } from '@blixt/lab';

/** A namespace that forwards, with an interface `v0`, and its lab. */
export function makeNode(): { readonly lab: Lab; readonly node: Namespace } {
  const lab = new Lab();
  const node = lab.namespace('node');
  node.setSysctls({ 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 });
  lab.connect(
    { namespace: node, interfaceName: 'v0' },
    { namespace: lab.namespace('peer'), interfaceName: 'v1' },
  );
  return { lab, node };
}
