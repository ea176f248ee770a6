import type {
  Node,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
} from '../../generated/types.ts';

function isInteger(text: string | undefined): text is string {
  return text !== undefined && /^[+-]?\d+$/.test(text);
}

function matches(requirement: NodeSelectorRequirement, actual: string | undefined): boolean {
  const { operator, values = [] } = requirement;
  switch (operator) {
    case 'In':
      return actual !== undefined && values.includes(actual);
    case 'NotIn':
      return actual === undefined || !values.includes(actual);
    case 'Exists':
      return actual !== undefined;
    case 'DoesNotExist':
      return actual === undefined;
    case 'Gt':
    case 'Lt': {
      const [bound] = values;
      if (!isInteger(actual) || !isInteger(bound)) return false;
      return operator === 'Gt' ? BigInt(actual) > BigInt(bound) : BigInt(actual) < BigInt(bound);
    }
    default:
      return false;
  }
}

/** Whether a node satisfies all of a term; an empty term satisfies no node. */
export function matchesTerm(term: NodeSelectorTerm, { metadata }: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length + matchFields.length === 0) return false;
  const labels = metadata.labels ?? {};
  const fields: Readonly<Record<string, string | undefined>> = { 'metadata.name': metadata.name };
  return (
    matchExpressions.every((requirement) => matches(requirement, labels[requirement.key])) &&
    matchFields.every((requirement) => matches(requirement, fields[requirement.key]))
  );
}

/** Whether the pod's nodeSelector and required node affinity let it go to the node. */
export function isNodeSelected({ spec }: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const selector = Object.entries(spec.nodeSelector ?? {});
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return (
    selector.every(([key, value]) => labels[key] === value) &&
    (required === undefined ||
      (required.nodeSelectorTerms ?? []).some((term) => matchesTerm(term, node)))
  );
}
