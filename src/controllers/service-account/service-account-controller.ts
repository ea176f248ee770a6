import type { Informer } from '../../client/informer.ts';
import { serviceAccounts } from '../../client/resources.ts';
import type { Namespace, ServiceAccount } from '../../generated/types.ts';
import type { Controller, ControllerOptions } from '../controller.ts';
import { InEveryNamespace } from '../in-every-namespace.ts';

const NAME = 'default';

/** Gives every active namespace the service account `default`. */
export function serviceAccountController(
  options: ControllerOptions & {
    readonly namespaces: Informer<Namespace>;
    readonly serviceAccounts: Informer<ServiceAccount>;
  },
): Controller {
  return new InEveryNamespace<ServiceAccount>({
    ...options,
    log: options.log.with({ controller: 'serviceaccount' }),
    objects: options.serviceAccounts,
    resource: serviceAccounts,
    name: NAME,
    plan: (namespace, present) =>
      present === undefined
        ? { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace } }
        : null,
  });
}
