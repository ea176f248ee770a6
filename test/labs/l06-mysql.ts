import { expect } from 'vitest';
import type { Lab } from '../harness/lab.ts';
import type { Terminal } from '../harness/terminal.ts';

const PASSWORD = "pass'word $1";

const CLAIM = `apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: mysql-data
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 1Gi
`;

/** The container of the document's Deployment, with its data on a claim. */
const MYSQL = `apiVersion: v1
kind: Pod
metadata:
  name: mysql
spec:
  containers:
  - name: mysql
    image: mysql:5.6
    env:
    - name: MYSQL_ROOT_PASSWORD
      valueFrom:
        secretKeyRef:
          name: mysql-pass
          key: password
    ports:
    - containerPort: 3306
      name: mysql
    volumeMounts:
    - name: data
      mountPath: /var/lib/mysql
    readinessProbe:
      tcpSocket:
        port: mysql
      periodSeconds: 1
  volumes:
  - name: data
    persistentVolumeClaim:
      claimName: mysql-data
`;

/** Its first start makes the system's tables. */
const READY_MS = 120_000;

/** Document 001, lab 2.5, the pod of it: a database whose password is a Secret, its data a claim. */
export async function mysql(lab: Lab): Promise<void> {
  const literal = `--from-literal=password=${PASSWORD}`;
  await lab.kubectl.ok('create', 'secret', 'generic', 'mysql-pass', literal);
  const described = await lab.kubectl.ok('describe', 'secret', 'mysql-pass');
  expect(described).toMatch(new RegExp(`^password: +${PASSWORD.length} bytes$`, 'm'));
  expect(described).not.toContain(PASSWORD);
  await lab.apply('claim.yaml', CLAIM);

  const first = await client(lab);
  first.type('create database shop; use shop; create table fruit (name text);\r');
  await first.waitFor('Database changed');
  first.type("insert into fruit values ('pear'), ('plum');\r");
  await first.waitFor('2 rows affected');
  first.type('exit\r');
  expect(await first.ended()).toBe(0);

  await lab.kubectl.ok('delete', 'pod', 'mysql');
  const second = await client(lab);
  second.type('select upper(name) as fruit from shop.fruit order by name;\r');
  await second.waitFor(/PEAR[\s\S]*PLUM/);
  second.type('exit\r');
  expect(await second.ended()).toBe(0);

  const denied = ['exec', 'mysql', '--', 'mysql', '-pwrong', '-e', 'select 1'];
  expect(await lab.kubectl.fails(...denied)).toContain('Access denied');
}

/** Starts the pod and opens its client at a terminal. */
async function client(lab: Lab): Promise<Terminal> {
  await lab.apply('mysql.yaml', MYSQL);
  await lab.waitForReady('mysql', READY_MS);
  const command = ['exec', '-it', 'mysql', '--', 'mysql', `-p${PASSWORD}`];
  const terminal = await lab.kubectl.terminal(...command);
  await terminal.waitFor('mysql> ');
  return terminal;
}
