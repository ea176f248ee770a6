import type { Service } from '../generated/types.ts';

/**
 * The variables by which a pod finds the services of its namespace, and `kubernetes` of the
 * namespace default: upstream's envvars.FromServices with getServiceEnvVarMap.
 *
 * @param enableServiceLinks false leaves only `kubernetes`
 */
export function serviceEnv(
  services: Iterable<Service>,
  namespace: string,
  enableServiceLinks: boolean,
): Map<string, string> {
  const chosen = new Map<string, Service>();
  for (const service of services) {
    const { name = '', namespace: home = '' } = service.metadata;
    const ip = service.spec?.clusterIP ?? '';
    if (ip === '' || ip === 'None') continue;
    const isMaster = home === 'default' && name === 'kubernetes';
    if (home === namespace && (enableServiceLinks || isMaster)) chosen.set(name, service);
    else if (isMaster && !chosen.has(name)) chosen.set(name, service);
  }
  const env = new Map<string, string>();
  for (const name of [...chosen.keys()].sort()) addService(env, chosen.get(name)!);
  return env;
}

function addService(env: Map<string, string>, service: Service): void {
  const prefix = variableName(service.metadata.name ?? '');
  const { clusterIP = '', ports = [] } = service.spec ?? {};
  const [first] = ports;
  if (first === undefined) return;
  env.set(`${prefix}_SERVICE_HOST`, clusterIP);
  env.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const { name, port } of ports) {
    if (name) env.set(`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port));
  }
  const host = clusterIP.includes(':') ? `[${clusterIP}]` : clusterIP;
  ports.forEach(({ protocol = 'TCP', port }, index) => {
    const lower = protocol.toLowerCase();
    const url = `${lower}://${host}:${port}`;
    const portPrefix = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    if (index === 0) env.set(`${prefix}_PORT`, url);
    env.set(portPrefix, url);
    env.set(`${portPrefix}_PROTO`, lower);
    env.set(`${portPrefix}_PORT`, String(port));
    env.set(`${portPrefix}_ADDR`, clusterIP);
  });
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
