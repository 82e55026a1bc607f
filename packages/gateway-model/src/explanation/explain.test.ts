import { describe, expect, it } from 'vitest';
import { explainedWorlds } from '../../test/explained-worlds.ts';
import { backend, CONTROLLER, context, decide } from '../../test/world.ts';
import type { RouteParentStatus } from '../generated/types.ts';
import {
  backendRef,
  gateway,
  gatewayClass,
  listener,
  listenerSet,
  namespace,
  parentRef,
  referenceGrant,
  tcpRoute,
} from '../objects/builders.ts';
import type { Condition } from '../objects/objects.ts';
import { resolveGatewayClass } from '../status/gateway-class.ts';
import type { StatusUpdate } from '../status/status-update.ts';
import { explainGatewayClass } from './explain.ts';
import type { Explanation } from './explanation.ts';
import { specificationRules } from './rules.ts';

/** A condition that was written, and where. */
interface Written {
  readonly subject: string;
  readonly path: string;
  readonly condition: string;
}

const key = ({ subject, path, condition }: Written): string => `${subject} ${path} ${condition}`;
const tell = ({ type, status, reason }: Pick<Condition, 'type' | 'status' | 'reason'>): string =>
  `${type}=${status}/${reason}`;

function writtenBy(update: StatusUpdate, parentPath: (parent: RouteParentStatus) => string): Written[] {
  const subject = `${update.kind} ${update.namespace ?? ''}/${update.name}`;
  const at = (path: string, conditions: readonly Condition[] | undefined): Written[] =>
    (conditions ?? []).map((condition) => ({ subject, path, condition: tell(condition) }));
  if ('parent' in update)
    return update.status.parents.flatMap((parent) => at(parentPath(parent), parent.conditions));
  if (update.kind === 'GatewayClass') return at('', update.status.conditions);
  const listeners = (update.status.listeners ?? []).flatMap(({ conditions }, index) =>
    at(`spec.listeners[${index}]`, conditions),
  );
  return [...at('', update.status.conditions), ...listeners];
}

const explained = (explanations: readonly Explanation[]): Written[] =>
  explanations.flatMap(({ subject, path, condition }) =>
    condition
      ? [
          {
            subject: `${subject.kind} ${subject.namespace ?? ''}/${subject.name}`,
            path,
            condition: tell(condition),
          },
        ]
      : [],
  );

const decisions = explainedWorlds.map((world) => ({
  ...world,
  decision: decide(world.gateway, world.objects, world.overrides),
}));

const classes = [
  gatewayClass(),
  gatewayClass({ controllerName: 'example.com/other' }),
  gatewayClass({ parametersRef: { group: 'example.com', kind: 'Thing', name: 'x' } }),
];

describe('every condition in a status has an explanation, and every explained condition is in a status', () => {
  it.each(decisions)('$about', ({ decision }) => {
    const written = decision.statuses.flatMap((update) =>
      writtenBy(update, ({ parentRef }) => {
        const route = decision.explanations.find(
          ({ subject, path }) =>
            subject.kind === update.kind &&
            subject.name === update.name &&
            path.startsWith('spec.parentRefs'),
        );
        return parentRef && route ? route.path : '';
      }),
    );
    expect(new Set(explained(decision.explanations).map(key))).toEqual(new Set(written.map(key)));
  });

  it.each(classes)('of a GatewayClass: $spec', (subject) => {
    const update = resolveGatewayClass(subject, context());
    const written = update ? writtenBy(update, () => '') : [];
    const conditions = explained(explainGatewayClass(subject, context()));
    expect(conditions.map(key)).toEqual(written.map(key));
  });
});

describe('the catalogue of rules', () => {
  const all = [
    ...decisions.flatMap(({ decision }) => decision.explanations),
    ...classes.flatMap((subject) => explainGatewayClass(subject, context())),
  ];

  it('has each rule once, with a text and a source', () => {
    expect(new Set(specificationRules.map(({ id }) => id)).size).toBe(specificationRules.length);
    for (const { id, text, source } of specificationRules) {
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(text).toMatch(/\.$/);
      expect(source).not.toBe('');
    }
  });

  it.each(specificationRules)('$id decides something', (rule) => {
    expect(all.some((explanation) => explanation.rule === rule)).toBe(true);
  });

  it('has every rule that an explanation names', () => {
    for (const { rule } of all) expect(specificationRules).toContain(rule);
  });
});

describe('an explanation', () => {
  const at = (second: number) => ({ creationTimestamp: `2026-01-01T00:00:0${second}Z` });
  const web = backend('web', ['10.0.0.1']);

  it('is a sentence, or the message of the condition', () => {
    for (const { statuses, explanations } of decisions.map(({ decision }) => decision)) {
      const messages = JSON.stringify(statuses);
      for (const { decision, condition } of explanations) {
        if (condition) expect(messages).toContain(JSON.stringify(decision));
        else if (statuses.length > 0) expect(decision).toMatch(/^[A-Z0-9].*[.]$/s);
      }
    }
  });

  it('of a route that lost tells who won', () => {
    const decision = decide(gateway(), [
      tcpRoute({ backendRefs: [backendRef('web', 80)] }, { name: 'old', ...at(1) }),
      tcpRoute({ backendRefs: [backendRef('web', 80)] }, { name: 'young', ...at(2) }),
      web,
    ]);
    const lost = decision.explanations.filter(
      ({ subject, rule }) => subject.name === 'young' && rule.id === 'route-precedence',
    );
    expect(lost).toMatchObject([
      { outcome: 'refused', path: 'spec.parentRefs[0]', because: [{ kind: 'TCPRoute', name: 'old' }, {}] },
    ]);
  });

  it('of a reference into another namespace tells the grant', () => {
    const grant = referenceGrant(
      {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'TCPRoute', namespace: 'default' }],
        to: [{ group: '', kind: 'Service' }],
      },
      { namespace: 'other' },
    );
    const backendRefs = [backendRef('web', 80, { namespace: 'other' })];
    const decision = decide(gateway(), [
      tcpRoute({ backendRefs }),
      grant,
      ...backend('web', ['10.0.0.1'], 'other'),
    ]);
    const path = 'spec.rules[0].backendRefs[0]';
    expect(decision.explanations.filter((it) => it.path === path)).toMatchObject([
      {
        outcome: 'ok',
        rule: { id: 'backend-grant' },
        because: [
          { kind: 'Service', namespace: 'other', name: 'web' },
          { kind: 'ReferenceGrant', namespace: 'other', name: 'grant' },
        ],
      },
    ]);
  });

  it('of a conflict names the listener that came first', () => {
    const set = listenerSet({ listeners: [listener('TCP', 80)] });
    const decision = decide(gateway({ allowedListeners: { namespaces: { from: 'Same' } } }), [set]);
    const conflict = decision.explanations.find(
      ({ subject, condition }) => subject.kind === 'ListenerSet' && condition?.type === 'Conflicted',
    );
    expect(conflict).toMatchObject({
      rule: { id: 'listener-merge-precedence' },
      because: [{ kind: 'Gateway', name: 'gateway', path: 'spec.listeners[0]' }],
    });
  });

  it('of what labels select names the Namespace, and of what they do not play a part in does not', () => {
    const bySelector = { from: 'Selector' as const, selector: { matchLabels: { team: 'a' } } };
    const shop = { namespace: 'shop' };
    const subject = gateway({
      listeners: [
        listener('TCP', 80, { allowedRoutes: { namespaces: bySelector } }),
        listener('TCP', 81, { allowedRoutes: { namespaces: { from: 'All' } } }),
      ],
      allowedListeners: { namespaces: bySelector },
    });
    const objects = [
      namespace('shop', { team: 'a' }),
      listenerSet(
        { parentRef: { name: 'gateway', namespace: 'default' }, listeners: [listener('TCP', 82)] },
        shop,
      ),
      tcpRoute({ parentRefs: [parentRef('gateway', { namespace: 'default' })], backendRefs: [] }, shop),
      tcpRoute(
        { parentRefs: [parentRef('gateway', { namespace: 'default' })], backendRefs: [] },
        { namespace: 'bank' },
      ),
    ];
    const rests = decide(subject, objects).explanations.flatMap(({ subject: on, because, outcome }) =>
      because.flatMap(({ kind, name, path }) =>
        kind === 'Namespace' ? `${on.kind} ${outcome} ${name} ${path}` : [],
      ),
    );
    expect([...new Set(rests)].sort()).toEqual([
      'ListenerSet ok shop metadata.labels',
      'TCPRoute ok shop metadata.labels',
      'TCPRoute refused bank metadata.labels',
    ]);
    expect(rests.filter((text) => text.startsWith('TCPRoute'))).toHaveLength(2);
  });

  it('of shares tells the part of each backendRef, and what is rejected', () => {
    const backendRefs = [backendRef('web', 80, { weight: 3 }), backendRef('missing', 80)];
    const decision = decide(gateway(), [tcpRoute({ backendRefs }), web]);
    const texts = decision.explanations.map((it) => it.decision).join('\n');
    expect(texts).toContain('75 % of new flows (spec.rules[0].backendRefs[0]) go to 1 ready IPv4 endpoint.');
    expect(texts).toContain('25 % of new flows (spec.rules[0].backendRefs[1]) are rejected');
  });

  it('comes in the same order, whatever order the objects have', () => {
    for (const { gateway: subject, objects, overrides, decision } of decisions) {
      const reversed = decide(subject, [...objects].reverse(), overrides);
      expect(reversed.explanations).toEqual(decision.explanations);
    }
  });
});

describe('explaining a GatewayClass', () => {
  it('of another controller: it is left alone', () => {
    const [only] = explainGatewayClass(gatewayClass({ controllerName: 'example.com/other' }), context());
    expect(only).toMatchObject({ outcome: 'refused', rule: { id: 'gateway-class-controller' } });
  });

  it('of ours: its conditions and its features', () => {
    const explanations = explainGatewayClass(gatewayClass(), context({ bundleVersions: ['v0.1.0'] }));
    expect(explanations.map(({ rule, outcome }) => [rule.id, outcome])).toEqual([
      ['gateway-class-controller', 'ok'],
      ['gateway-class-accepted', 'ok'],
      ['gateway-class-supported-version', 'refused'],
      ['gateway-class-supported-features', 'ok'],
    ]);
    expect(explanations[0]?.decision).toContain(CONTROLLER);
  });
});
