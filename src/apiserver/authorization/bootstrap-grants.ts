import type { Grant, Rule } from './rules-authorizer.ts';

const READ = ['get', 'list', 'watch'];
const WRITE_EVENTS: Rule = {
  verbs: ['create', 'patch', 'update'],
  groups: ['', 'events.k8s.io'],
  resources: ['events'],
};

/** system:discovery and system:public-info-viewer. */
const DISCOVERY: Rule = {
  verbs: ['get'],
  paths: ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*', '/healthz', '/livez'],
};
const PUBLIC: Rule = {
  verbs: ['get'],
  paths: ['/healthz', '/livez', '/readyz', '/version', '/version/'],
};

/** system:basic-user: anybody may ask about himself. */
const SELF: Rule = {
  verbs: ['create'],
  groups: ['authentication.k8s.io'],
  resources: ['selfsubjectreviews'],
};

/** system:service-account-issuer-discovery. */
const ISSUER: Rule = {
  verbs: ['get'],
  paths: [
    '/.well-known/openid-configuration',
    '/.well-known/openid-configuration/',
    '/openid/v1/jwks',
    '/openid/v1/jwks/',
  ],
};

/** system:monitoring. */
const MONITORING: Rule = {
  verbs: ['get'],
  paths: ['/metrics', '/healthz', '/healthz/*', '/livez', '/livez/*', '/readyz', '/readyz/*'],
};

/** system:kube-scheduler. */
const SCHEDULER: readonly Rule[] = [
  WRITE_EVENTS,
  { verbs: ['get', 'list', 'watch', 'delete'], groups: [''], resources: ['pods'] },
  { verbs: ['create'], groups: [''], resources: ['bindings', 'pods/binding'] },
  { verbs: ['patch', 'update'], groups: [''], resources: ['pods/status'] },
  {
    verbs: READ,
    groups: ['', 'apps', 'policy', 'storage.k8s.io', 'resource.k8s.io'],
    resources: ['*'],
  },
  { verbs: ['*'], groups: ['coordination.k8s.io'], resources: ['leases'] },
  {
    verbs: ['update', 'patch'],
    groups: [''],
    resources: ['persistentvolumes', 'persistentvolumeclaims'],
  },
];

/** What upstream's provisioners and resizers of volumes need. */
const VOLUME_PROVISIONER: readonly Rule[] = [
  WRITE_EVENTS,
  { verbs: ['*'], groups: [''], resources: ['persistentvolumes'] },
  { verbs: READ, groups: [''], resources: ['persistentvolumeclaims', 'nodes'] },
  { verbs: ['update', 'patch'], groups: [''], resources: ['persistentvolumeclaims/status'] },
  { verbs: READ, groups: ['storage.k8s.io'], resources: ['storageclasses'] },
];

/** system:node-proxier. */
const PROXY: readonly Rule[] = [
  WRITE_EVENTS,
  { verbs: READ, groups: [''], resources: ['services', 'endpoints', 'nodes'] },
  { verbs: READ, groups: ['discovery.k8s.io'], resources: ['endpointslices'] },
];

/** system:kube-dns. */
const DNS: readonly Rule[] = [
  { verbs: ['list', 'watch'], groups: [''], resources: ['services', 'endpoints', 'pods'] },
  { verbs: ['list', 'watch'], groups: [''], resources: ['namespaces'] },
  { verbs: ['list', 'watch'], groups: ['discovery.k8s.io'], resources: ['endpointslices'] },
];

/** The controllers of the control plane, whose single roles upstream keeps apart. */
const CONTROLLERS: readonly Rule[] = [
  { verbs: ['*'], groups: ['*'], resources: ['*'] },
  { verbs: ['*'], paths: ['*'] },
];

/** What users may do from the start, as upstream's bootstrap policy has it. */
export const BOOTSTRAP_GRANTS: readonly Grant[] = [
  {
    to: { group: 'system:masters' },
    rules: [
      { verbs: ['*'], groups: ['*'], resources: ['*'] },
      { verbs: ['*'], paths: ['*'] },
    ],
  },
  { to: { group: 'system:unauthenticated' }, rules: [PUBLIC] },
  { to: { group: 'system:authenticated' }, rules: [PUBLIC, DISCOVERY, SELF] },
  { to: { group: 'system:serviceaccounts' }, rules: [ISSUER] },
  { to: { group: 'system:monitoring' }, rules: [MONITORING] },
  { to: { user: 'system:kube-scheduler' }, rules: SCHEDULER },
  { to: { user: 'system:kube-controller-manager' }, rules: CONTROLLERS },
  { to: { user: 'system:kube-proxy' }, rules: PROXY },
  { to: { user: 'system:kube-dns' }, rules: DNS },
  {
    to: { user: 'system:serviceaccount:kube-system:local-path-provisioner' },
    rules: VOLUME_PROVISIONER,
  },
];
