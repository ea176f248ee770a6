import { ApiError } from '../../objects/api-error.ts';
import type { KubeObject } from '../../objects/meta.ts';
import { forbidden, notFound } from '../errors.ts';
import type { NameIndex } from '../name-index.ts';
import type { ObjectMirror } from '../object-mirror.ts';
import type { Admission, AdmissionPlugin } from './admission.ts';
import { refusal } from './refusal.ts';

/** These can never be deleted. */
const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);
const NAMESPACES = { group: '', plural: 'namespaces' };

/**
 * Upstream's NamespaceLifecycle: objects are written only into namespaces that exist, and none are
 * created in one that is being deleted.
 */
export class NamespaceLifecycle implements AdmissionPlugin {
  readonly name = 'NamespaceLifecycle';
  readonly #namespaces: NameIndex;
  readonly #mirror: ObjectMirror;

  constructor(mirror: ObjectMirror, namespaces: NameIndex) {
    this.#mirror = mirror;
    this.#namespaces = namespaces;
  }

  admit(admission: Admission): Promise<void> | undefined {
    const { operation, kind, name } = admission;
    if (!kind.namespaced) {
      const isNamespace = kind.group === '' && kind.plural === 'namespaces';
      if (isNamespace && operation === 'DELETE' && IMMORTAL.has(name)) {
        throw forbidden(NAMESPACES, name, 'this namespace may not be deleted');
      }
      return undefined;
    }
    if (operation === 'DELETE') return undefined;
    return this.#mirror.whenSynced(() => this.#check(admission));
  }

  #check(admission: Admission): void {
    const { operation, namespace } = admission;
    const found = this.#namespaces.get('', namespace);
    if (found === undefined) throw notFound(NAMESPACES, namespace);
    if (operation !== 'CREATE' || !isTerminating(found)) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    const { message, details } = refusal(admission, why);
    const cause = {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    };
    throw new ApiError('Forbidden', message, { ...details, causes: [cause] });
  }
}

function isTerminating(namespace: KubeObject): boolean {
  return (namespace.status as { phase?: string } | undefined)?.phase === 'Terminating';
}
