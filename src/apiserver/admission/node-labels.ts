type Labels = Readonly<Record<string, string>> | undefined;

/** What a kubelet knows of its machine, and may say of it. */
const OWN: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
]);
/** A kubelet may set any label below these. */
const OWN_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const TRUSTED_DOMAIN = 'node-restriction.kubernetes.io';
const KUBERNETES_DOMAINS = ['kubernetes.io', 'k8s.io'];

/**
 * The labels, by name, in which a node differs from `old` and that a kubelet may not give itself:
 * those that others trust, and those of Kubernetes that are not a kubelet's.
 */
export function foreignLabels(labels: Labels = {}, old: Labels = {}): string[] {
  const changed = [...new Set([...Object.keys(labels), ...Object.keys(old)])].filter(
    (key) => labels[key] !== old[key],
  );
  return changed.filter(isForeign).sort();
}

function isForeign(label: string): boolean {
  const [domain = ''] = label.includes('/') ? label.split('/') : [];
  if (isBelow(domain, TRUSTED_DOMAIN)) return true;
  const isOwn = OWN.has(label) || OWN_DOMAINS.some((each) => isBelow(domain, each));
  return !isOwn && KUBERNETES_DOMAINS.some((each) => isBelow(domain, each));
}

function isBelow(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`);
}
