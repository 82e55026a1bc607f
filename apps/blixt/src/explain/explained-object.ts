/** Explanations sorted by the object that they are about, each object with the short answer to "why". */
import type { Explanation, ExplanationCause, ExplanationSubject } from '@blixt/gateway-model';

/** What was decided about one object. */
export interface ExplainedObject {
  readonly subject: ExplanationSubject;
  readonly answer: Answer;
  /** The decisions about the object itself, in the model's order. */
  readonly decisions: readonly Explanation[];
  /** Of a route: how the listeners that it has share their traffic among its backends. */
  readonly elsewhere: readonly Explanation[];
}

/** The short answer. */
export interface Answer {
  /** `partly`: some of what the object wants is refused. */
  readonly outcome: Explanation['outcome'] | 'partly';
  /** A sentence without a subject: `gets no traffic: The Gateway has no listener named tls.` */
  readonly text: string;
  /** The decision that it rests on most. */
  readonly decision?: Explanation;
}

/** `Gateway default/edge`, `GatewayClass blixt`. */
export function nameOf({ kind, namespace, name }: ExplanationSubject): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** Sorts explanations by object, in the order in which objects first come. O(explanations). */
export function explainedObjects(explanations: readonly Explanation[]): ExplainedObject[] {
  const decisions = new Map<string, Explanation[]>();
  const elsewhere = new Map<string, Set<Explanation>>();
  const subjects = new Map<string, ExplanationSubject>();
  for (const explanation of explanations) {
    const subject = nameOf(explanation.subject);
    subjects.set(subject, subjects.get(subject) ?? explanation.subject);
    const known = decisions.get(subject);
    if (known === undefined) decisions.set(subject, [explanation]);
    else known.push(explanation);
    if (!isRule(...SHARE_RULES)(explanation)) continue;
    for (const cause of explanation.because) {
      const name = nameOf(cause);
      if (name === subject) continue;
      elsewhere.set(name, (elsewhere.get(name) ?? new Set()).add(explanation));
    }
  }
  const about = (name: string): readonly Explanation[] => decisions.get(name) ?? [];
  return [...subjects].map(([name, subject]) => {
    const own = about(name);
    const others = [...(elsewhere.get(name) ?? [])];
    return { subject, answer: answerOf(subject, own, others, about), decisions: own, elsewhere: others };
  });
}

/** Decisions that rest on an object about which nothing is decided, such as a Service. */
export function restingOn(explanations: readonly Explanation[], subject: ExplanationSubject): Explanation[] {
  const name = nameOf(subject);
  return explanations.filter(({ because }) => because.some((cause) => nameOf(cause) === name));
}

type About = (name: string) => readonly Explanation[];

const isBad = ({ outcome }: Explanation): boolean => outcome !== 'ok';
const isAbout =
  (type: string) =>
  ({ condition }: Explanation): boolean =>
    condition?.type === type;
const isRule =
  (...ids: readonly string[]) =>
  ({ rule }: Explanation): boolean =>
    ids.includes(rule.id);

function answerOf(
  subject: ExplanationSubject,
  own: readonly Explanation[],
  others: readonly Explanation[],
  about: About,
): Answer {
  if (subject.kind.endsWith('Route')) return answerOfRoute(own, others, about);
  return subject.kind === 'GatewayClass' ? answerOfClass(own) : answerOfListeners(own);
}

/** Rules by which a route that attaches gets a listener's traffic, or does not. */
const TRAFFIC_RULES = ['route-precedence', 'http-at-layer-4', 'listener-without-route'];
/** Rules by which the traffic of a listener is shared among backends. */
const SHARE_RULES = [
  'weight-share',
  'weight-zero',
  'weight-rejected',
  'endpoints-ready',
  'endpoints-terminating',
  'endpoints-none',
];

function answerOfRoute(own: readonly Explanation[], others: readonly Explanation[], about: About): Answer {
  const traffic = own.filter(isRule(...TRAFFIC_RULES));
  const wins = traffic.filter((decision) => !isBad(decision));
  const losses = traffic.filter(isBad);
  const refusals = own.filter(isAbout('Accepted')).filter(isBad);
  const strays = own.filter(isRule('gateway-managed'));
  if (wins.length === 0) {
    const unserved = losses.filter(isRule('listener-without-route'));
    const reasons = unserved.flatMap(({ because }) =>
      because.flatMap((cause) => whyNotProgrammed(cause, about)),
    );
    return none('gets no traffic', [...refusals, ...losses, ...strays, ...own], reasons);
  }
  const stopped = wins.flatMap(({ because }) => because.flatMap((cause) => whyNotProgrammed(cause, about)));
  if (stopped.length > 0) return none('gets no traffic', stopped);
  const rejected = others.filter(isBad).filter((decision) => !isTotal(decision));
  const totals = others.filter(isTotal);
  if (totals.length > 0 && totals.every(isBad))
    return none('has all of its traffic rejected', rejected.length > 0 ? rejected : totals);
  const missing = [...refusals, ...losses, ...rejected, ...strays];
  const text = `gets traffic: ${unique(wins.map(({ decision }) => decision)).join(' ')}`;
  if (missing.length === 0) return { outcome: 'ok', text, ...first(wins) };
  const but = unique(missing.map(({ decision }) => decision)).join(' ');
  return { outcome: 'partly', text: `${text} But: ${but}`, ...first(missing) };
}

/** What the backends of a listener get together, in one address family. */
function isTotal(decision: Explanation): boolean {
  return isRule('weight-share')(decision) || (isRule('weight-zero')(decision) && isBad(decision));
}

/** Why a Gateway or ListenerSet that a route attaches to does not serve the listener. */
function whyNotProgrammed(parent: ExplanationCause, about: About): Explanation[] {
  return about(nameOf(parent)).filter(
    (decision) =>
      isAbout('Programmed')(decision) &&
      isBad(decision) &&
      (decision.path === '' || decision.path === parent.path),
  );
}

function answerOfListeners(own: readonly Explanation[]): Answer {
  const whole = own.filter(({ path, condition }) => path === '' && condition !== undefined).filter(isBad);
  const unmanaged = own.filter(isRule('gateway-managed', 'listener-set-allowed')).filter(isBad);
  const failing = own.filter(({ path, condition }) => path !== '' && condition !== undefined).filter(isBad);
  if (unmanaged.length + whole.length > 0) {
    const isSum = isRule('gateway-listeners-not-valid', 'listener-set-listeners-not-valid');
    return none('is not served', [...unmanaged, ...whole], whole.some(isSum) ? failing : []);
  }
  if (failing.length > 0) {
    const reasons = unique(failing.map(({ path, decision }) => `${path}: ${decision}`)).join(' ');
    return { outcome: 'partly', text: `is served, but not every listener: ${reasons}`, ...first(failing) };
  }
  const idle = own.filter(isRule('listener-without-route', 'http-at-layer-4')).filter(isBad);
  if (idle.length > 0) {
    const reasons = unique(idle.map(({ path, decision }) => `${path}: ${decision}`)).join(' ');
    return { outcome: 'partly', text: `is served, but not every listener: ${reasons}`, ...first(idle) };
  }
  const addresses = own
    .filter(({ path }) => path.startsWith('status.addresses'))
    .map(({ decision }) => decision);
  return { outcome: 'ok', text: ['is served.', ...unique(addresses)].join(' '), ...first(own) };
}

function answerOfClass(own: readonly Explanation[]): Answer {
  const bad = own.filter(isBad);
  if (bad.length === 0) return { outcome: 'ok', text: 'is accepted.', ...first(own) };
  return none(own.some(isAbout('Accepted')) ? 'is not accepted as it is' : 'is left alone', bad);
}

/** @param details - decisions that those reasons only sum up */
function none(verb: string, reasons: readonly Explanation[], details: readonly Explanation[] = []): Answer {
  const worst = reasons.filter(isBad);
  const [top] = worst;
  const outcome = worst.some((it) => it.outcome === 'refused') ? 'refused' : 'pending';
  const alike = ({ rule, condition }: Explanation): boolean =>
    rule.id === top?.rule.id && condition?.type === top.condition?.type;
  const texts = unique([
    ...worst.filter(alike).map(({ decision }) => decision),
    ...details.map(({ path, decision }) => (path === '' ? decision : `${path}: ${decision}`)),
  ]);
  const text = `${verb}: ${texts.join(' ') || 'nothing was decided.'}`;
  return { outcome, text, ...first(details.length > 0 ? details : worst) };
}

function first(decisions: readonly Explanation[]): { readonly decision?: Explanation } {
  const [decision] = decisions;
  return decision === undefined ? {} : { decision };
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
