/** What goes into one layer; see LAYERS. */
export type LayerDefinition = {
  /** Debian packages whose files it holds. */
  packages?: string[];
  /** Paths of those packages that are left out, beside NEVER_KEPT; or the only ones kept. */
  drop?: RegExp;
  keepOnly?: RegExp;
  /** Files from the folder `files/`, by their path in the image. */
  files?: Record<string, { from: string; mode?: number }>;
  /** Short files written here, by path. */
  texts?: Record<string, string>;
  links?: Record<string, string>;
  folders?: Record<string, { mode?: number; uid?: number; gid?: number }>;
  /** Adds a link for every program that the layer's bin/busybox plays. */
  busyboxLinks?: boolean;
};

/** Documentation, translations and the like, which no container of a test reads. */
export const NEVER_KEPT = new RegExp(
  [
    '^usr/share/(doc|man|locale|lintian|info|bug|apport|vim|menu|pixmaps|python3)(/|$)',
    '^usr/share/bash-completion(/|$)',
    '^etc/(init\\.d|default|logrotate\\.d|ufw|skel)(/|$)',
    '^(usr/)?lib/(systemd|valgrind)(/|$)',
    '/gconv(/|$)',
    '/__pycache__(/|$)',
  ].join('|'),
);

const PASSWD = [
  'root:x:0:0:root:/root:/bin/sh',
  'bin:x:1:1:bin:/bin:/sbin/nologin',
  'daemon:x:2:2:daemon:/sbin:/sbin/nologin',
  'nobody:x:65534:65534:nobody:/:/sbin/nologin',
];
const GROUP = ['root:x:0:', 'bin:x:1:', 'daemon:x:2:', 'tty:x:5:', 'nobody:x:65534:'];

function accounts(...extra: { name: string; id: number; home: string }[]): Record<string, string> {
  const users = extra.map(({ name, id, home }) => `${name}:x:${id}:${id}::${home}:/sbin/nologin`);
  const groups = extra.map(({ name, id }) => `${name}:x:${id}:`);
  return {
    'etc/passwd': `${[...PASSWD, ...users].join('\n')}\n`,
    'etc/group': `${[...GROUP, ...groups].join('\n')}\n`,
  };
}

// Modules of the standard library that no test runs, and extension modules whose libraries
// (SQLite, ncurses, ...) would have to come along.
const PYTHON_UNUSED = new RegExp(
  '^usr/lib/python3\\.11/(' +
    'lib2to3|unittest|distutils|ensurepip|idlelib|pydoc_data|test|tkinter|turtledemo|sqlite3|' +
    'curses|lib-dynload/(_bz2|_lzma|_ctypes|_curses|_dbm|_gdbm|_sqlite3|_crypt|_uuid|_tkinter|' +
    '_test|_xx|nis|ossaudiodev|readline|xxlimited))',
);

/**
 * The layers the images are stacked from, each packed once and shared. The names stand for what
 * a layer adds; what it needs below it is up to the image.
 */
export const LAYERS = {
  busybox: {
    packages: ['busybox-static'],
    keepOnly: /^bin\/busybox$/,
    busyboxLinks: true,
    texts: {
      ...accounts(),
      'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
      'etc/os-release': 'ID=proa-test\nNAME="Proa test image"\nPRETTY_NAME="Proa test image"\n',
      'etc/profile': 'export PATH\n',
    },
    folders: {
      tmp: { mode: 0o1777 },
      'var/tmp': { mode: 0o1777 },
      root: { mode: 0o700 },
      home: {},
      run: {},
      dev: {},
      proc: {},
      sys: {},
      'usr/local/bin': {},
      'usr/local/sbin': {},
    },
    links: { 'var/run': '/run' },
  },
  glibc: { packages: ['libc6', 'zlib1g', 'libcrypt1'] },
  openssl: { packages: ['libssl3'], drop: /\/(engines-3|ossl-modules)(\/|$)/ },
  cxx: { packages: ['libstdc++6', 'libgcc-s1'], drop: /^usr\/share\// },
  bash: { packages: ['bash', 'libtinfo6'] },
  systemdLibrary: {
    packages: [
      'libsystemd0',
      'liblzma5',
      'libzstd1',
      'liblz4-1',
      'libcap2',
      'libgcrypt20',
      'libgpg-error0',
    ],
  },
  python: {
    packages: ['python3.11-minimal', 'libpython3.11-minimal', 'libexpat1'],
    drop: PYTHON_UNUSED,
    links: { 'usr/bin/python3': 'python3.11' },
    files: { 'usr/lib/python3.11/tiny_http.py': { from: 'tiny_http.py' } },
  },
  pythonLibrary: { packages: ['libpython3.11-stdlib'], drop: PYTHON_UNUSED },
  python2Names: {
    links: { 'usr/local/bin/python': '/usr/bin/python3.11', 'usr/local/bin/python2': 'python' },
    files: { 'usr/lib/python3.11/SimpleHTTPServer.py': { from: 'SimpleHTTPServer.py' } },
  },
  helloApp: { files: { 'hello-app': { from: 'hello-app.py', mode: 0o755 } } },
  liveness: { files: { server: { from: 'liveness-server.py', mode: 0o755 } } },
  goproxy: { files: { goproxy: { from: 'goproxy.py', mode: 0o755 } } },
  simpleservice: {
    files: { 'usr/src/app/simpleservice.py': { from: 'simpleservice.py', mode: 0o755 } },
  },
  nginx: {
    packages: ['nginx', 'nginx-common', 'libpcre2-8-0'],
    keepOnly: new RegExp(
      '^usr/sbin/nginx$|^usr/share/nginx/html/|^etc/nginx/(mime\\.types|\\w+_params)$|' +
        '^usr/lib/.*\\.so',
    ),
    texts: accounts({ name: 'nginx', id: 101, home: '/nonexistent' }),
    files: {
      'etc/nginx/nginx.conf': { from: 'nginx.conf' },
      'etc/nginx/conf.d/default.conf': { from: 'nginx-default.conf' },
    },
    links: { 'var/log/nginx/access.log': '/dev/stdout', 'var/log/nginx/error.log': '/dev/stderr' },
    folders: { 'var/lib/nginx': {}, 'var/cache/nginx': {} },
  },
  curl: {
    packages: [
      'curl',
      'libcurl4',
      'libbrotli1',
      'libcom-err2',
      'libffi8',
      'libgmp10',
      'libgnutls30',
      'libgssapi-krb5-2',
      'libhogweed6',
      'libidn2-0',
      'libk5crypto3',
      'libkeyutils1',
      'libkrb5-3',
      'libkrb5support0',
      'libldap-2.5-0',
      'libnettle8',
      'libnghttp2-14',
      'libp11-kit0',
      'libpsl5',
      'librtmp1',
      'libsasl2-2',
      'libssh2-1',
      'libtasn1-6',
      'libunistring2',
      'libzstd1',
    ],
  },
  redis: {
    packages: [
      'redis-server',
      'redis-tools',
      'libatomic1',
      'libjemalloc2',
      'liblzf1',
      'liblua5.1-0',
      'lua-bitop',
      'lua-cjson',
      'libhiredis0.14',
    ],
    keepOnly: /^usr\/bin\/|\.so[.\d]*$/,
    files: { 'run.sh': { from: 'redis-run.sh', mode: 0o755 } },
  },
  mariadb: {
    packages: [
      'mariadb-server-core',
      'mariadb-client-core',
      'libmariadb3',
      'libaio1',
      'libnuma1',
      'libpcre2-8-0',
      'liburing2',
      'libedit2',
      'libbsd0',
      'libmd0',
      'libncurses6',
      'libtinfo6',
      'ncurses-base',
    ],
    keepOnly: new RegExp(
      '^usr/sbin/mariadbd$|^usr/bin/(mariadb|mariadb-admin|my_print_defaults)$|\\.so[.\\d]*$|' +
        '^usr/share/mysql/(charsets/|english/)|^lib/terminfo/|' +
        '^usr/share/mysql/mysql_(system_tables|performance_tables)\\w*\\.sql$',
    ),
    drop: /\/plugin\//,
    texts: accounts({ name: 'mysql', id: 999, home: '/var/lib/mysql' }),
    files: {
      'usr/local/bin/docker-entrypoint.sh': { from: 'mysql-entrypoint.sh', mode: 0o755 },
      'etc/mysql/my.cnf': { from: 'my.cnf' },
    },
    links: {
      'usr/bin/mysql': 'mariadb',
      'usr/sbin/mysqld': 'mariadbd',
      'entrypoint.sh': '/usr/local/bin/docker-entrypoint.sh',
    },
    folders: {
      'var/lib/mysql': { uid: 999, gid: 999 },
      'run/mysqld': { uid: 999, gid: 999 },
    },
  },
  flask: {
    packages: [
      'python3-flask',
      'python3-click',
      'python3-itsdangerous',
      'python3-jinja2',
      'python3-markupsafe',
      'python3-werkzeug',
    ],
    drop: /^usr\/(bin|share)\//,
    files: { 'app/app.py': { from: 'flask-app.py' } },
    links: { 'usr/local/bin/python': '/usr/bin/python3.11' },
  },
} as const satisfies Record<string, LayerDefinition>;

export type LayerName = keyof typeof LAYERS;
