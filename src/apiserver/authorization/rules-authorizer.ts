import type { Attributes, Authorizer, Decision } from './authorizer.ts';

/** What a group of users may do, as a rule of RBAC. `*` stands for anything. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly groups?: readonly string[];
  /** `pods`, or `pods/log` for a subresource. */
  readonly resources?: readonly string[];
  readonly namespace?: string;
  /** Paths that name no resource; a `*` at the end stands for the rest. */
  readonly paths?: readonly string[];
}

/** Whom rules are for: users of that name, or members of that group. */
export interface Grant {
  readonly to: { readonly user: string } | { readonly group: string };
  readonly rules: readonly Rule[];
}

const ALLOW: Decision = { type: 'allow' };
const ABSTAIN: Decision = { type: 'abstain' };

/** Allows what a fixed table of grants allows. */
export class RulesAuthorizer implements Authorizer {
  readonly #ofUser = new Map<string, Rule[]>();
  readonly #ofGroup = new Map<string, Rule[]>();

  constructor(grants: readonly Grant[]) {
    for (const { to, rules } of grants) {
      const [map, name] = 'user' in to ? [this.#ofUser, to.user] : [this.#ofGroup, to.group];
      map.set(name, [...(map.get(name) ?? []), ...rules]);
    }
  }

  authorize(attributes: Attributes): Decision {
    const { user } = attributes;
    if (this.#allows(this.#ofUser.get(user.name), attributes)) return ALLOW;
    for (const group of user.groups) {
      if (this.#allows(this.#ofGroup.get(group), attributes)) return ALLOW;
    }
    return ABSTAIN;
  }

  #allows(rules: readonly Rule[] | undefined, attributes: Attributes): boolean {
    return rules?.some((rule) => ruleAllows(rule, attributes)) ?? false;
  }
}

function ruleAllows(rule: Rule, attributes: Attributes): boolean {
  if (!includes(rule.verbs, attributes.verb)) return false;
  if (attributes.type === 'path') {
    return rule.paths?.some((path) => pathMatches(path, attributes.path)) ?? false;
  }
  const { group, resource, subresource, namespace } = attributes;
  if (rule.namespace !== undefined && rule.namespace !== namespace) return false;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  return includes(rule.groups ?? [], group) && includes(rule.resources ?? [], what);
}

function includes(values: readonly string[], wanted: string): boolean {
  return values.includes(wanted) || values.includes('*');
}

function pathMatches(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}
