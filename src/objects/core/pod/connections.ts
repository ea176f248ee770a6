import type { ConnectSubresource } from '../../kind.ts';

const CORE = 'io.k8s.api.core.v1';
const MISSING_STREAM = 'you must specify at least 1 of stdin, stdout, stderr';

function optionsKind(kind: string): Pick<ConnectSubresource, 'type' | 'kind' | 'options'> {
  return {
    type: 'connect',
    kind: { group: '', version: 'v1', kind },
    options: `${CORE}.${kind}`,
  };
}

function hasStream({ stdin, stdout, stderr }: Readonly<Record<string, unknown>>): boolean {
  return stdin === true || stdout === true || stderr === true;
}

/** `pods/exec`: runs a command in a container. */
export const exec: ConnectSubresource = {
  ...optionsKind('PodExecOptions'),
  ofContainer: true,
  validate(options) {
    const { command = [] } = options as { command?: readonly string[] };
    if (command.length === 0 || command[0] === '') {
      return 'you must specify at least one command for the container';
    }
    return hasStream(options) ? '' : MISSING_STREAM;
  },
};

/** `pods/attach`: connects to the first process of a container. */
export const attach: ConnectSubresource = {
  ...optionsKind('PodAttachOptions'),
  ofContainer: true,
  validate: (options) => (hasStream(options) ? '' : MISSING_STREAM),
};

/** `pods/portforward`: connects to ports of a pod. */
export const portForward: ConnectSubresource = {
  ...optionsKind('PodPortForwardOptions'),
  ofContainer: false,
  validate({ ports = [] }) {
    const bad = (ports as readonly number[]).find((port) => port < 1 || port > 65_535);
    return bad === undefined ? '' : `unable to parse ${bad} as a port: must be between 1 and 65535`;
  },
};
