import type { Informer } from '../../client/informer.ts';
import { configMaps } from '../../client/resources.ts';
import type { ConfigMap, Namespace } from '../../generated/types.ts';
import type { Controller, ControllerOptions } from '../controller.ts';
import { InEveryNamespace } from '../in-every-namespace.ts';

/** The ConfigMap that pods find the cluster's certificate authority in. */
export const ROOT_CA_NAME = 'kube-root-ca.crt';

const KEY = 'ca.crt';
const ANNOTATION = 'kubernetes.io/description';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal ' +
  'endpoints such as the internal service IP or kubernetes.default.svc. No other usage is ' +
  'guaranteed across distributions of Kubernetes clusters.';

/** Publishes the cluster's certificate authority in every active namespace. */
export function rootCaPublisher(
  options: ControllerOptions & {
    readonly namespaces: Informer<Namespace>;
    /** All ConfigMaps of the name {@link ROOT_CA_NAME}, or more. */
    readonly configMaps: Informer<ConfigMap>;
    /** PEM. */
    readonly rootCa: string;
  },
): Controller {
  const { rootCa } = options;
  return new InEveryNamespace<ConfigMap>({
    ...options,
    log: options.log.with({ controller: 'root-ca' }),
    objects: options.configMaps,
    resource: configMaps,
    name: ROOT_CA_NAME,
    plan(namespace, present) {
      if (present?.data?.[KEY] === rootCa && present.metadata.annotations?.[ANNOTATION]) {
        return null;
      }
      const metadata = present?.metadata ?? { name: ROOT_CA_NAME, namespace };
      const annotations = { ...metadata.annotations, [ANNOTATION]: DESCRIPTION };
      return {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        ...present,
        metadata: { ...metadata, annotations },
        data: { [KEY]: rootCa },
      };
    },
  });
}
